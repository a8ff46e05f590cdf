"""What a page offers the SDK to run in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from harness.checks.page_environment import (
    check_dialog,
    check_duplicate,
    check_script_blocked,
    check_tampered,
)

if TYPE_CHECKING:
    from tests.checks.conftest import Happened, Told

Seen = Callable[..., "Told"]


def test_an_sdk_that_is_loaded_twice_is_told(happened: Happened, seen: Seen) -> None:
    """Into one document; another page may load it as well."""
    twice = [seen("sdk.loaded", instance=number) for number in (1, 2)]
    elsewhere = [seen("sdk.loaded", document=number, instance=1) for number in (1, 2)]

    (found,) = check_duplicate(happened(*twice))

    assert ("sdk.duplicate_instance", "warning", "2 copies") == (found.code, found.severity, found.observed)
    assert [] == list(check_duplicate(happened(*elsewhere)))


def test_functions_that_the_page_replaced_are_named_together(happened: Happened, seen: Seen) -> None:
    """Where the SDK runs; what other documents do to themselves is theirs."""
    replaced = [seen("builtin.replaced", name=name) for name in ("fetch", "Promise", "fetch")]
    other = seen("builtin.replaced", document=2, name="URL")

    (found,) = check_tampered(happened(seen("sdk.loaded", instance=1), *replaced, other))

    assert ("sdk.environment_tampered", "Promise, fetch replaced by the page") == (found.code, found.observed)


@pytest.fixture(name="page")
def _page(seen: Seen) -> tuple[Told, ...]:
    """A page of the brand with the SDK in it."""
    return seen("document.started"), seen("sdk.loaded", instance=1)


@pytest.mark.parametrize(
    ("blocked", "words"),
    [("inline", "an inline script"), ("https://cdn.example/auth.js", "https://cdn.example/auth.js")],
)
def test_a_blocked_script_explains_a_missing_method(
    blocked: str, words: str, happened: Happened, seen: Seen, opened: Told, page: tuple[Told, ...]
) -> None:
    """The policy's directive and what it blocked."""
    facts = {"directive": "script-src-elem", "blocked": blocked, "disposition": "enforce"}

    (found,) = check_script_blocked(happened(opened, *page, seen("policy.violated", **facts)))

    assert ("browser.csp_blocked", "error") == (found.code, found.severity)
    assert f"script-src-elem blocked {words}" in found.observed


@pytest.mark.parametrize(
    "change",
    [
        {"disposition": "report"},
        {"directive": "img-src"},
        {"document": 2},
    ],
)
def test_a_violation_of_another_kind_explains_nothing(
    change: dict[str, str | int], happened: Happened, seen: Seen, opened: Told, page: tuple[Told, ...]
) -> None:
    """A report, an image, another document."""
    facts = {"directive": "script-src-elem", "blocked": "inline", "disposition": "enforce", **change}

    assert [] == list(check_script_blocked(happened(opened, *page, seen("policy.violated", **facts))))


def test_a_method_that_is_there_was_not_blocked(
    happened: Happened, seen: Seen, opened: Told, page: tuple[Told, ...]
) -> None:
    """What else the page's policy blocks is the page's business."""
    blocked = seen("policy.violated", directive="script-src", blocked="inline", disposition="enforce")
    found = seen("page_method.found", status="function")

    assert [] == list(check_script_blocked(happened(opened, *page, found, blocked)))


def test_a_dialog_of_the_page_is_told_once(happened: Happened, seen: Seen, opened: Told) -> None:
    """Which, and where; what the platform's window shows is not the page's."""
    own = seen("document.started", url="https://www.brand.test/account")
    window = seen("document.started", document=2, top=False, origin="https://chat.platform.test")
    dialogs = [seen("dialog.opened", kind="confirm")] * 2

    found = list(
        check_dialog(happened(opened, own, window, *dialogs, seen("dialog.opened", document=2, kind="alert")))
    )

    assert [("sdk.dialog_opened", "warning")] == [(one.code, one.severity) for one in found]
    assert "confirm() at https://www.brand.test/account" in found[0].observed
