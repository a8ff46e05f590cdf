"""A browser-flow integration harness for federated consumer authentication."""

__version__ = "0.1.0"
