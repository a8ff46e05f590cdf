"""The preflight on a terminal: 80 columns, what was looked at, what is wrong, who must act."""

from __future__ import annotations

import pytest

from harness.config import Config
from harness.preflight import summarise
from harness.preflight.model import Line, Mark, Preflight, Stage, Undetermined
from harness.preflight.said import Part, Said, problem_found
from harness.protocol.problem import Problem
from harness.report.model import Sent
from harness.report.preflight import line, render

ALL = frozenset(("embedded", "popup", "app"))
SENT = Sent(
    what="the exchange of an invented code",
    method="POST",
    url="https://login.acme.example/token",
    notable=True,
)
PROBLEM = Problem(code="token.invalid_client", expected="a known client", observed="an unknown one")
BAD = tuple(problem_found("token_endpoint", PROBLEM, "strict"))
UNSEEN = Undetermined(subject="page", reason="it leads to a login, https://www.acme.example/login")


def summed(*parts: Part) -> Preflight:
    """Return what parts amount to for the sample brand."""
    return summarise(Config(), parts, sent=(SENT,), seconds=0.4)


def part(*said: Said, label: str = "", surfaces: frozenset[str] = ALL) -> Part:
    """Return what was said for some surfaces."""
    return Part(
        surfaces=frozenset(one for one in Config().matrix.surfaces if one in surfaces), said=said, label=label
    )


@pytest.mark.parametrize(("mark", "sign"), [("yes", "✓"), ("no", "✗"), ("warning", "!"), ("unknown", "?")])
def test_each_thing_has_a_line_and_a_sign(mark: Mark, sign: str) -> None:
    """The sign comes first."""
    assert f"{sign} page  status 200" == line(Line(subject="page", mark=mark, said="status 200"), width=5)


def test_nothing_is_wider_than_the_terminal() -> None:
    """However long names and sentences are."""
    long = Line(subject="a-very-long-host-name.customers.acme.example", mark="no", said="word " * 40)

    assert 80 >= max(len(one) for one in render(summed(part(long, *BAD, UNSEEN))).splitlines())


def test_the_end_says_for_each_surface_who_must_act() -> None:
    """What is wrong on one surface does not touch the others."""
    told = render(
        summed(part(*BAD, surfaces=frozenset(("popup",))), part(UNSEEN, surfaces=frozenset(("app",))))
    )

    assert "✓ embedded: ready" in told
    assert "✗ popup: not ready; first token.invalid_client (token endpoint); the identity" in told
    assert "? app: not known; page: it leads to a login" in told
    assert "fix       idp, identity administrator:" in told
    assert "Not ready" in told.splitlines()[-1]


def test_what_was_sent_out_of_the_ordinary_is_listed() -> None:
    """With where it went."""
    assert "POST https://login.acme.example/token: the exchange of an invented code" in render(summed())


@pytest.mark.parametrize(
    ("said", "outcome", "ready"), [((), True, True), ((UNSEEN,), None, False), ((*BAD, UNSEEN), False, False)]
)
def test_ready_means_every_surface_and_nothing_unseen(
    said: tuple[Said, ...], outcome: bool | None, ready: bool
) -> None:
    """Something that is wrong weighs more than something that was not seen."""
    result = summed(part(*said))

    assert (outcome, ready) == (result.outcome, result.ready)


def test_connectors_are_named_where_they_differ() -> None:
    """What is said of all of them is said once."""
    good, bad = (Line(subject="token_endpoint", mark=mark, said="…") for mark in ("yes", "no"))
    same = summed(part(good, label="code"), part(good, label="code-pkce"))
    different = summed(part(good, label="code"), part(bad, label="code-pkce"))

    assert ["token_endpoint"] == [one.subject for one in same.checked]
    assert ["token_endpoint code", "token_endpoint code-pkce"] == [one.subject for one in different.checked]


@pytest.mark.parametrize("stage", ["server", "browser"])
def test_there_is_room_for_a_second_stage(stage: Stage) -> None:
    """What was looked at says how."""
    assert (stage,) == summed(part(Line(subject="page", mark="yes", said="…", stage=stage))).stages
