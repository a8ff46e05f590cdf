"""Faults: small injectors that rows of ``faults.toml`` parametrise; nothing that diagnoses imports them."""

from harness.faults.compose import INJECTORS, WEAKENERS, inject, weaken

__all__ = ["INJECTORS", "WEAKENERS", "inject", "weaken"]
