"""What a browser was driven with: a consumer's conditions, or its driver's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.checks.advice import check_defaults

if TYPE_CHECKING:
    from tests.checks.conftest import Happened


@pytest.mark.parametrize(
    ("blocker", "partitioning", "codes"),
    [
        (True, True, []),
        (True, False, []),
        (False, True, []),
        (None, None, []),
        (False, False, ["harness.browser_defaults"]),
        (False, None, ["harness.browser_defaults"]),
    ],
)
def test_a_browser_that_keeps_nothing_apart_and_blocks_no_popup_is_playwrights(
    blocker: bool | None, partitioning: bool | None, codes: list[str], happened: Happened
) -> None:
    """Either alone is what a consumer may have set."""
    held = {"engine": "chromium", "popup_blocker": blocker, "partitioning": partitioning}
    timeline = happened(("harness", "conditions.measured", held))

    assert codes == [one.code for one in check_defaults(timeline)]
