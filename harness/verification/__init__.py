"""The platform's verification: an ordered list of steps over ``harness.protocol``."""
