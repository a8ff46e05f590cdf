"""A browser-flow integration harness for federated consumer authentication.

The menu, in reading order: :class:`Harness`, :class:`Config`, :class:`Case`, :class:`Report`,
:class:`Fault`, :class:`Extension`, :class:`HarnessError`. Names are loaded when they are first used, so that
importing the package, as pytest does for its plugin, costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.catalogue.faults import FaultRow as Fault
    from harness.config import Config
    from harness.errors import HarnessError
    from harness.extension import Extension
    from harness.matrix import Case
    from harness.report.model import Report
    from harness.run import Harness

__version__ = "0.1.0"

__all__ = ["Harness", "Config", "Case", "Report", "Fault", "Extension", "HarnessError"]  # noqa: RUF022 - reading order

_HOME = {
    "Harness": ("harness.run", "Harness"),
    "Config": ("harness.config", "Config"),
    "Case": ("harness.matrix", "Case"),
    "Report": ("harness.report.model", "Report"),
    "Fault": ("harness.catalogue.faults", "FaultRow"),
    "Extension": ("harness.extension", "Extension"),
    "HarnessError": ("harness.errors", "HarnessError"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    module, attribute = _HOME[name]
    return getattr(import_module(module), attribute)
