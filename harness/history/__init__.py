"""Earlier runs: kept beyond their end, listed, compared; what was seen then and is not looked for now."""

from harness.history.compare import compare
from harness.history.keep import kept_run
from harness.history.model import KeptRun, RunHead
from harness.history.place import Place, place_of
from harness.history.runs import Runs

__all__ = ["KeptRun", "Place", "RunHead", "Runs", "compare", "kept_run", "place_of"]
