"""Faults: small injectors that the rows of ``faults.toml`` parametrise. The diagnosing side never imports this."""

from harness.faults.injectors import INJECTORS, inject

__all__ = ["INJECTORS", "inject"]
