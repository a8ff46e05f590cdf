"""What a code, a fault or a term means: looked up, and told."""

from harness.explain.look_up import Index, index, look_up
from harness.explain.sheets import CodeSheet, FaultSheet, ListSheet, Sheet, TermSheet

__all__ = ["CodeSheet", "FaultSheet", "Index", "ListSheet", "Sheet", "TermSheet", "index", "look_up"]
