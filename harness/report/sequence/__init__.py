"""Who said what to whom in one case: the sequence diagram of a timeline, as data."""

from harness.report.sequence.drawing import diagram
from harness.report.sequence.model import LANES, Diagram, Lane, Message, Row, Section

__all__ = ["LANES", "Diagram", "Lane", "Message", "Row", "Section", "diagram"]
