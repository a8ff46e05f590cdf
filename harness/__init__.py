"""A browser-flow integration harness for federated consumer authentication."""

from harness.catalogue.faults import FaultRow as Fault
from harness.config import Config
from harness.errors import HarnessError
from harness.matrix import Case
from harness.report.model import Report
from harness.run import Harness

__version__ = "0.1.0"

__all__ = ["Harness", "Config", "Case", "Report", "Fault", "HarnessError"]  # noqa: RUF022 - reading order
