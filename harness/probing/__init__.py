"""Active probes of an authorization server: what no consumer sends.

Of a brand of one's own they are sent only where the configuration says ``[probes] enabled = true``, to
endpoints that it names, each once. What the answers mean is in :mod:`harness.checks.probing`.
"""

from harness.probing.sending import send
from harness.probing.table import MOST_REQUESTS, PROBES, Probe

__all__ = ["MOST_REQUESTS", "PROBES", "Probe", "send"]
