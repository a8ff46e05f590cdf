"""One server in several processes: the parent binds and supervises, the workers answer.

Every worker is a fresh process, not a fork: the parent has threads, and their locks would be forked along.
What all of them need goes to each over the pipe that started it, never over a command line.
"""

from harness.workers.connections import MOST_WORKERS, look_at
from harness.workers.several import Workers, several

__all__ = ["MOST_WORKERS", "Workers", "look_at", "several"]
