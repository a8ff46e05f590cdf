"""Every target, in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Mapping

from e2e.fuzz.model import Target
from e2e.fuzz.targets import answers, files, recordings, texts, tokens

TARGETS: Mapping[str, Target] = {
    target.name: target for module in (texts, tokens, answers, files, recordings) for target in module.TARGETS
}
