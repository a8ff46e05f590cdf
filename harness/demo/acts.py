"""What a demo shows: one case, or the tour through embedded window, workspace, popup and a fault."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from harness.browser.surfaces import ChatWindow, Workspace
from harness.catalogue.codes import codes
from harness.config import EngineName
from harness.demo.choice import Choice, where
from harness.demo.guide import Guide
from harness.demo.shown import ShownHarness
from harness.matrix import Case, can_occur, fault
from harness.opened import OpenCase
from harness.report.model import CaseResult
from harness.sample import CUSTOMERS
from harness.timeline import Timeline

DEFAULT_FAULT = "jwt-in-code-flow"
"""What the tour breaks where nobody has picked anything: a mistake that real pages make."""

QUESTION = "Hello, why was my bill in September higher than the others?"
ANSWER = "Hello Alice, I see it beside the others: €56.40 instead of €48.90. I am looking into it."
LATER = "And can I move to Fibre 1000 with the same bill?"
"""What is said where people watch: a question of the consumer's bills, without one question of who she is."""


_TOLD = {"code", "severity", "party", "role", "fix", "spec", "expected", "observed"}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One case that was shown.

    Attributes:
        case: The case.
        result: What came of it.
        timeline: What happened, as it is saved.
    """

    case: Case
    result: CaseResult
    timeline: Timeline


class Acts:
    """Shows cases; what it opens stays open for the length of the given stack.

    Args:
        harness: Runs the cases.
        guide: Says what happens.
        engine: In which engine.
        run: The run's name.

    Attributes:
        shown: What was shown so far.
    """

    def __init__(self, harness: ShownHarness, guide: Guide, *, engine: EngineName, run: str) -> None:
        self._harness, self._guide, self._board = harness, guide, guide.board
        self._engine, self.run = engine, run
        self.shown: list[Shown] = []

    def once(self, stack: contextlib.ExitStack, choice: Choice) -> None:
        """Show one case, and the conversation where it comes about."""
        opened = stack.enter_context(self._case(choice.case(self._engine)))
        if opened.outcome == "authenticated" and opened.driven is not None:
            self._talk(stack, opened.window)
            self._guide.turn_to(opened.driven.surface.page)
        self._board.tell("end")

    def tour(self, stack: contextlib.ExitStack, choice: Choice) -> None:
        """Show what is picked, the agent's side of it, the other window, and a fault; end where it began."""
        first = Choice(surface=choice.surface, flow=choice.flow, policy=choice.policy)
        opened = stack.enter_context(self._case(first.case(self._engine)))
        workspace = None
        if opened.outcome == "authenticated":
            workspace = self._talk(stack, opened.window)
        other = Choice(
            surface="embedded" if choice.surface == "popup" else "popup",
            flow="implicit" if choice.flow != "implicit" else "code-pkce",
            policy=choice.policy,
        )
        with self._case(other.case(self._engine)) as second:
            if workspace is not None and second.outcome == "authenticated":
                self._same_profile(second.window, workspace)
        with self._case(self._broken(choice)):
            pass
        self._close(opened, workspace)
        self._board.tell("end")

    def _broken(self, choice: Choice) -> Case:
        """Return the case of the tour's fault: where it was picked, or else where it can occur."""
        row = fault(choice.fault or DEFAULT_FAULT)
        plain = Case(surface=choice.surface, flow=choice.flow, engine=self._engine)
        if not can_occur(plain, row):
            plain = Case(surface=row.surfaces[0], flow=row.flows[0], engine=self._engine)
        picked = Choice(surface=plain.surface, flow=plain.flow, policy=choice.policy, fault=row.id)
        return picked.case(self._engine)

    @contextlib.contextmanager
    def _case(self, case: Case) -> Iterator[OpenCase]:
        """Show one case; its windows stay for the length of the block."""
        self._guide.forget()
        broken = fault(case.fault) if case.fault else None
        title = broken.title if broken else where(case)
        self._board.tell("begin", title=title, case=case.id, broken=broken is not None, where=where(case))
        if broken is not None:
            self._guide.say(
                "harness",
                "harness",
                f"Broken on purpose: {_lower(broken.title)}. Watch what comes of it.",
                tone="bad",
            )
        with self._harness.open(case) as opened:
            self._guide.catch_up()
            result = opened.result()
            saved = opened.saved(run=self.run, rules=self._harness.config.rules)
            self.shown.append(Shown(case=case, result=result, timeline=saved))
            self._report(result)
            yield opened

    def _report(self, result: CaseResult) -> None:
        """Say how it ended, and who must do what where it did not end well."""
        self._board.tell(
            "outcome",
            outcome=result.outcome.replace("_", " "),
            passed=result.passed,
            milliseconds=round(result.timings_ms.flow_in_page),
            findings=[
                {"title": _title(one.code), **one.model_dump(mode="json", include=_TOLD)}
                for one in result.findings
            ],
        )
        errors = [one for one in result.findings if one.severity == "error"]
        if errors:
            first = errors[0]
            self._guide.say(
                "harness",
                "harness",
                f"The harness has found it: {_title(first.code)}. To be mended by the {first.role} "
                f"({first.party}).",
                tone="bad",
                picture="diagnosis",
            )
        if self._guide.pictures is not None:
            self._guide.panel.shows(self._board.last)
            self._guide.pictures.keep(self._guide.panel.page, "panel")

    def _talk(self, stack: contextlib.ExitStack, window: ChatWindow) -> Workspace:
        """Let consumer and agent talk, and show the agent's side of it."""
        guide, who = self._guide, CUSTOMERS[0]
        window.say(QUESTION)
        guide.say(
            "consumer",
            "agent",
            f"{who.given_name} asks about her bill. Nobody asks her who she is.",
            picture="question",
        )
        workspace = stack.enter_context(self._harness.workspace(engine=self._engine))
        stack.enter_context(guide.showing(workspace.page.context))
        workspace.choose(who.name)
        workspace.verified.first.scroll_into_view_if_needed()
        guide.say(
            "platform",
            "agent",
            f"The agent's workspace: {who.given_name}'s account, package and bills stand beside the secure "
            "sign before anybody has asked. What only the page says stands apart, as unverified.",
            tone="good",
            picture="workspace",
        )
        workspace.say(ANSWER)
        window.conversation.get_by_text(ANSWER).wait_for()
        guide.say("agent", "consumer", "The agent answers at once, to the point.", picture="answer")
        return workspace

    def _same_profile(self, window: ChatWindow, workspace: Workspace) -> None:
        """Show that whoever comes another way is the same person for the agent."""
        guide, who = self._guide, CUSTOMERS[0]
        window.say(LATER)
        guide.say("consumer", "agent", "Another window, another flow, the same Alice.", picture="question")
        guide.turn_to(workspace.page)
        workspace.choose(who.name)
        workspace.conversation.get_by_text(LATER).wait_for()
        guide.say(
            "platform",
            "agent",
            "The agent sees one profile: the same subject of the same issuer, whichever way it came.",
            tone="good",
            picture="same-profile",
        )

    def _close(self, opened: OpenCase, workspace: Workspace | None) -> None:
        """Lead back to the chat that is still signed in."""
        if workspace is None or opened.driven is None:
            return
        self._guide.turn_to(opened.driven.surface.page)
        self._guide.say(
            "harness",
            "consumer",
            "Back in the first chat, still signed in. It is yours now: write, click, sign out, or pick "
            "something else in the panel.",
            tone="good",
            picture="end",
        )


def _title(code: str) -> str:
    known = codes().get(code)
    return known.title if known else code


def _lower(title: str) -> str:
    """Return a title as it goes on in a sentence: names and abbreviations keep their capitals."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title
