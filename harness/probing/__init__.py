"""Active probes of a brand's authorization server: what no consumer sends, and what the answers mean.

Sent only where the configuration says ``[probes] enabled = true``, to endpoints that it names, each once.
"""

from harness.probing.run import probe
from harness.probing.table import MOST_REQUESTS, PROBES, Probe

__all__ = ["MOST_REQUESTS", "PROBES", "Probe", "probe"]
