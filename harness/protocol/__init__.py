"""The protocol, pure: no input or output, no clock, one specification per module."""
