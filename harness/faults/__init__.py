"""Faults: small injectors that rows of ``faults.toml`` parametrise; nothing that diagnoses imports them."""

from harness.faults.injectors import INJECTORS, inject

__all__ = ["INJECTORS", "inject"]
