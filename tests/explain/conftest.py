"""The documentation's extension, where a test needs one."""

from tests.docs.conftest import acme

__all__ = ["acme"]
