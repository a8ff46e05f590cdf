"""Faults: small injectors that rows of ``faults.toml`` parametrise; nothing that diagnoses imports them."""

from harness.faults.compose import INJECTORS, inject

__all__ = ["INJECTORS", "inject"]
