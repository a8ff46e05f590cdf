"""What a demo shows: one case, or the tour through embedded window, workspace, popup and a fault."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Page

from harness.browser.login import customer
from harness.browser.surfaces import ChatWindow, Workspace
from harness.catalogue.codes import codes
from harness.config import EngineName
from harness.demo.choice import Choice, where
from harness.demo.guide import Guide
from harness.demo.shown import ShownHarness
from harness.matrix import Case, can_occur, fault
from harness.opened import OpenCase
from harness.report.model import CaseResult
from harness.report.picture import Picture
from harness.stories import BILLING, PURCHASE, AgreePayment, Line, PlaceOrder, Story
from harness.timeline import Timeline

DEFAULT_FAULT = "jwt-in-code-flow"
"""What the tour breaks where nobody has picked anything: a mistake that real pages make."""

_TOLD = {"code", "severity", "party", "role", "fix", "spec", "expected", "observed"}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One case that was shown.

    Attributes:
        result: What came of it.
        timeline: What happened, as it is saved.
        pictures: What it looked like at its steps, where pictures were taken.
    """

    result: CaseResult
    timeline: Timeline
    pictures: tuple[Picture, ...] = ()


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
        if opened.outcome == "authenticated":
            story = BILLING if choice.surface == "popup" else PURCHASE
            self._talk(stack, opened.window, story)
            self._hand_over(opened, "The chat is signed in.")
        self._board.tell("end")

    def tour(self, stack: contextlib.ExitStack, choice: Choice) -> None:
        """Show what is picked, the agent's side of it, the other window, and a fault; end where it began."""
        first = Choice(surface=choice.surface, flow=choice.flow, policy=choice.policy)
        opened = stack.enter_context(self._case(first.case(self._engine)))
        workspace = None
        if opened.outcome == "authenticated":
            workspace = self._talk(stack, opened.window, PURCHASE)
        other = Choice(
            surface="embedded" if choice.surface == "popup" else "popup",
            flow="implicit" if choice.flow != "implicit" else "code-pkce",
            policy=choice.policy,
        )
        with self._case(other.case(self._engine)) as second:
            if workspace is not None and second.outcome == "authenticated":
                self._same_profile(second.window, workspace, BILLING)
        with self._case(self._broken(choice)):
            pass
        if workspace is not None:
            self._hand_over(opened, "Back in the first chat, still signed in.")
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
        with self._harness.shown(case) as opened:
            self._guide.catch_up()
            result = opened.result()
            saved = opened.saved(run=self.run, rules=self._harness.config.rules)
            self.shown.append(Shown(result=result, timeline=saved, pictures=opened.pictures))
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

    def _talk(self, stack: contextlib.ExitStack, window: ChatWindow, story: Story) -> Workspace:
        """Let consumer and agent talk, and show the agent's side of it."""
        guide, who = self._guide, customer(story.account)
        self._first_words(window, story)
        workspace = stack.enter_context(self._harness.workspace(engine=self._engine))
        stack.enter_context(guide.showing(workspace.page.context))
        workspace.choose(who.name)
        workspace.conversation.get_by_text(_lines(story)[0]).wait_for()
        _turn(workspace, "Consumer")
        workspace.verified.first.scroll_into_view_if_needed()
        guide.say(
            "platform",
            "agent",
            f"The agent's workspace: {who.given_name}'s account, package and bills stand beside the secure "
            "sign before anybody has asked. What only the page says stands apart, as unverified.",
            tone="good",
            picture="workspace",
        )
        self._rest_of(story, window, workspace)
        return workspace

    def _same_profile(self, window: ChatWindow, workspace: Workspace, story: Story) -> None:
        """Show that whoever comes another way is the same person for the agent."""
        guide, who = self._guide, customer(story.account)
        self._first_words(window, story)
        guide.turn_to(workspace.page)
        _turn(workspace, "Back to the conversation")
        _turn(workspace, "All chats")
        workspace.choose(who.name)
        workspace.conversation.get_by_text(_lines(story)[0]).wait_for()
        guide.say(
            "platform",
            "agent",
            "Another window, another flow, one profile: the same subject of the same issuer, whichever way "
            "it came.",
            tone="good",
            picture="same-profile",
        )
        self._rest_of(story, window, workspace)

    def _first_words(self, window: ChatWindow, story: Story) -> None:
        """Let the consumer begin."""
        window.say(_lines(story)[0])
        self._guide.say(
            "consumer", "agent", f"“{_lines(story)[0]}” Nobody asks who is asking.", picture="question"
        )

    def _rest_of(self, story: Story, window: ChatWindow, workspace: Workspace) -> None:
        """Play a story after its first line, each beat when the one before has reached the other side."""
        for beat in story.beats[1:]:
            _turn(workspace, "Back to the conversation" if isinstance(beat, Line) else "Consumer")
            match beat:
                case PlaceOrder():
                    workspace.order(beat.plan)
                    done = f"One press orders {beat.plan}: account and address are known already."
                    self._done(window, "Order placed", done)
                case AgreePayment():
                    workspace.agree_payment(beat.bill, beat.way)
                    done = f"One press agrees on {beat.way.lower()} for the bill of {beat.bill}."
                    self._done(window, "Payment agreed", done)
                case Line(speaker="agent"):
                    workspace.say(beat.text)
                    window.conversation.get_by_text(beat.text).wait_for()
                    self._guide.say("agent", "consumer", f"“{beat.text}”")
                case Line():
                    window.say(beat.text)
                    workspace.conversation.get_by_text(beat.text).wait_for()
                    self._guide.say("consumer", "agent", f"“{beat.text}”")

    def _done(self, window: ChatWindow, receipt: str, done: str) -> None:
        """Say what the agent has done, when the consumer has the receipt."""
        window.conversation.get_by_role("article", name=receipt).wait_for()
        self._guide.say("agent", "consumer", done, tone="good", picture="receipt")

    def _hand_over(self, opened: OpenCase, where: str) -> None:
        """Lead back to a chat that is signed in, and leave it to people."""
        assert opened.driven is not None, "a chat that is signed in has been opened"
        view = opened.window.view
        self._guide.turn_to(view if isinstance(view, Page) else opened.driven.surface.page)
        self._guide.say(
            "harness",
            "consumer",
            f"{where} It is yours now: write, click, sign out, or pick something else in the panel.",
            tone="good",
            picture="end",
        )


def _turn(workspace: Workspace, name: str) -> None:
    """Turn the workspace to another of its parts, where its window is too narrow for all of them."""
    button = workspace.page.get_by_role("button", name=name, exact=True)
    if button.is_visible():
        button.click()


def _lines(story: Story) -> tuple[str, ...]:
    return tuple(beat.text for beat in story.beats if isinstance(beat, Line))


def _title(code: str) -> str:
    known = codes().get(code)
    return known.title if known else code


def _lower(title: str) -> str:
    """Return a title as it goes on in a sentence: names and abbreviations keep their capitals."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title
