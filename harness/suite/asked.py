"""Which case a test asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from harness.config import EngineName
from harness.errors import UsageError
from harness.matrix import Case

MARKER = "harness"


def axes_of(item: pytest.Item) -> dict[str, Any]:
    """Return what the markers of a test say, the nearest one last: it may change what its class says.

    Raises:
        pytest.UsageError: When a marker has something without a name.
    """
    axes: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers(MARKER))):
        if marker.args:
            raise pytest.UsageError(f"the marker {MARKER} takes keywords only, surface=… and flow=…")
        axes |= marker.kwargs
    return axes


def case_of(engine: EngineName, axes: Mapping[str, Any]) -> Case:
    """Return the case that keywords name, in pytest-playwright's ``--browser`` unless they say otherwise.

    Args:
        engine: That browser.
        axes: The keywords.

    Raises:
        UsageError: When a case has no such axis or value, or it has to be said where and how it begins.
    """
    known = [field.name for field in fields(Case)]
    if unknown := sorted(set(axes) - set(known)):
        raise UsageError(f"a case has no {', '.join(unknown)}; it has {', '.join(known)}")
    if missing := [name for name in ("surface", "flow") if name not in axes]:
        raise UsageError(f"a case needs {' and '.join(missing)}, for example surface='embedded', flow='code'")
    return Case(**{"engine": engine, **axes})
