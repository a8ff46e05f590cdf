"""The demo: real browsers lead through shop, login, chat and workspace, with captions and a side panel."""

from harness.demo.choice import Choice
from harness.demo.controls import Play
from harness.demo.show import Demo, Recorded, record, watch

__all__ = ["Choice", "Demo", "Play", "Recorded", "record", "watch"]
