"""All that can be known about a brand without a login: asked once, bounded, and listed."""

from harness.preflight.model import Preflight as Preflight
from harness.preflight.run import preflight as preflight
from harness.preflight.summary import summarise as summarise
from harness.preflight.ways import Ways as Ways
