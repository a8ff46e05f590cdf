"""A case that has run and whose pages are still open: what it amounts to, and what is saved of it."""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from harness.browser.drive import Driven
from harness.browser.recorder import Attention
from harness.browser.surfaces import ChatWindow
from harness.checks import Judgement, judge
from harness.checks.additions import Additions
from harness.config import RULES, Config
from harness.errors import HarnessBroken
from harness.judging import result_of
from harness.matrix import Case
from harness.overlays import Overlay
from harness.own_brand import Step
from harness.page_methods import asked, call_of, name_of, pushed
from harness.redact import treatment
from harness.report.model import CaseResult, Conditions, Finding, Outcome, Timings
from harness.report.picture import Picture
from harness.roles.platform.sdk import sdk_url
from harness.sample import BRAND_SECRET, CUSTOMERS
from harness.timeline import Facts, Header, Timeline

LONG = 8
"""Characters from which a value that stands in the configuration itself is no mere word."""


@dataclass(kw_only=True, repr=False)
class OpenCase:
    """A case that has run and whose pages are still open.

    Attributes:
        case: The row of the matrix.
        driven: The surface and the chat window; ``None`` when not even the window opened in time.
        timeline: What happened: the servers' events and the browser's.
        conditions: What held in the browser.
        login_ms: Milliseconds of the login, 0 when it was reused.
        elapsed_ms: Milliseconds of the case.
        pictures: What it looked like, where somebody wanted to see it.
        added: What extensions look for beside.
        rules: The set of checks that is pinned.
    """

    case: Case
    driven: Driven | None
    timeline: Timeline
    conditions: Conditions
    login_ms: float
    elapsed_ms: float
    pictures: tuple[Picture, ...] = ()
    added: Additions = field(default_factory=Additions)
    rules: str = RULES

    @property
    def window(self) -> ChatWindow:
        """The chat window.

        Raises:
            HarnessBroken: When none opened.
        """
        if self.driven is None:
            raise HarnessBroken(f"no chat window opened in {self.case.id}")
        return self.driven.window

    @property
    def outcome(self) -> Outcome:
        """How the sign-in ended."""
        return self.judgement.outcome

    @property
    def passed(self) -> bool:
        """Whether the outcome is the one that the scenario expects, and nothing severe was found."""
        return self.judgement.passed

    @property
    def code(self) -> str | None:
        """The code of the earliest failing hop."""
        return self.judgement.code

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the checks found."""
        return self.judgement.findings

    def __repr__(self) -> str:
        """Say what a failed assertion shows: which case, and how it ended."""
        ended = ", ".join(word for word in (self.outcome, self.code) if word)
        return f"<{self.case.id}: {ended}>"

    @functools.cached_property
    def judgement(self) -> Judgement:
        """The judgement of the timeline."""
        return judge(self.timeline, self.added, self.rules)

    @functools.cached_property
    def facts(self) -> Facts:
        """The case's axes, conditions and timings."""
        in_page = 0.0
        if self.outcome == "authenticated" and self.driven is not None:
            in_page = self.driven.surface.flow_in_page()
        timings = {"login": self.login_ms, "flow_in_page": in_page, "case": self.elapsed_ms}
        return Facts(
            id=self.case.id,
            **vars(self.case),
            conditions=self.conditions,
            timings_ms=Timings(**{name: round(value, 1) for name, value in timings.items()}),
        )

    def result(self) -> CaseResult:
        """Return the row of the report."""
        return result_of(self.facts, self.judgement)

    def saved(self, *, run: str, rules: str) -> Timeline:
        """Return the timeline with the header under which it is saved.

        Args:
            run: The id of the run that it belongs to.
            rules: The set of checks that it was judged by.
        """
        return replace(self.timeline, header=Header(run=run, rules=rules, case=self.facts))


def attention(config: Config, case: Case, overlay: Overlay | None = None) -> Attention:
    """Return what a recorder has to know about a case of a configuration, and of what is put in place."""
    sites, connector = config.sites, config.connector_for(case.flow)
    server_secrets = _server_secrets(config)
    return Attention(
        method=asked(connector),
        pushed=pushed(connector),
        expiry_event=connector.expiry_event,
        token_member=connector.token_member,
        tag=tag(config),
        ours=frozenset({sites.platform, sites.tag, sites.agent, sites.verify}),
        secrets=known_secrets(config),
        server_secrets=server_secrets,
        overlay=overlay.script if overlay else "none",
        told=overlay.told if overlay else {},
    )


def known_secrets(config: Config) -> tuple[str, ...]:
    """Return what a configuration holds that may be in nothing that leaves a run: secrets and passwords."""
    return (*_server_secrets(config), *_typed(config), *_on_the_way_out(config))


def _server_secrets(config: Config) -> tuple[str, ...]:
    given = {one.client_secret for one in config.clients if one.client_secret is not None}
    given |= {one.client_secret.get_secret_value() for one in config.connectors if one.client_secret}
    return (*sorted(given), *([] if config.brand else [BRAND_SECRET]))


def opening(config: Config, case: Case) -> dict[str, Any]:
    """Return the first event's facts: the axes, whose sites are whose, and what the SDK was told.

    The fault is not among them: what judges is not told what was broken.
    """
    axes = {name: value for name, value in vars(case).items() if name != "fault"}
    connector = config.connector_for(case.flow)
    return {
        "case": axes,
        "sites": {role: f"https://{host}" for role, host in config.sites.model_dump().items()},
        "issuer": connector.issuer,
        "authorization_endpoint": connector.authorization_endpoint,
        "method": name_of(connector),
        "method_call": call_of(connector),
        "page_method": connector.page_method,
        "expiry_event": connector.expiry_event,
        "token_member": connector.token_member,
        "tag": tag(config),
        "callback_deadline": connector.callback_deadline,
        "page": config.brand.page if config.brand else None,
        "injected": config.brand is not None and config.brand.sdk.inject,
    }


def engagement(config: Config, case: Case) -> str | None:
    """Return which engagement a brand's own page has in a case; the sample's pages say it themselves."""
    if config.brand is None:
        return None
    return f"{case.surface}.{config.connector_for(case.flow).id}.{case.mode}"


def _typed(config: Config) -> tuple[str, ...]:
    """Return what people type that nobody may read."""
    if config.brand is None:
        return tuple(customer.password for customer in CUSTOMERS)
    names = {login.account for login in config.logins}
    steps = (*config.brand.before, *(step for login in config.logins for step in login.steps))
    return tuple(
        value
        for step in steps
        if step.value is not None and _is_secret(step, value := step.value.get_secret_value(), names)
    )


def _is_secret(step: Step, value: str, names: Collection[str]) -> bool:
    """Tell a password from a word, as a user name is, which hidden everywhere would hide the facts."""
    guarded = step.concealed or step.verb == "totp" or treatment(step.target) is not None
    return len(value) >= LONG or (guarded and value not in names)


def _on_the_way_out(config: Config) -> tuple[str, ...]:
    """Return what the harness itself is known by: to a backend and to a proxy."""
    token, proxy = config.platform.backend_token, config.network.proxy
    password = urlsplit(proxy.get_secret_value()).password if proxy else None
    return (*([token.get_secret_value()] if token else []), *([unquote(password)] if password else []))


def tag(config: Config) -> str:
    """Return how the address of the platform's SDK begins."""
    if config.brand is None:
        return f"https://{config.sites.tag}/tag/"
    return sdk_url(config).partition("*")[0]
