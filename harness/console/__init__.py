"""The harness's own pages, for a person's everyday browser: on loopback, behind a key made per run."""

from harness.console.app import Console, Part, serving

__all__ = ["Console", "Part", "serving"]
