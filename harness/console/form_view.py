"""The walkthrough's form as its page shows it: plain data for the templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.browser.policies import POLICIES
from harness.config import ENGINES, MODES, SCENARIOS, SURFACES
from harness.console.form_check import Checked, Sentence
from harness.console.form_document import MOST_LOGINS, connectors_of, flows_of, is_own
from harness.console.form_fields import Values
from harness.console.job_view import job_view
from harness.console.jobs import Job

_STEPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "idp": (
        "Identity provider",
        (
            *("connector_id", "display_name", "issuer", "authorization_endpoint", "token_endpoint", "mode"),
            *("client_id", "client_secret_env", "client_auth", "type", "pkce", "encrypted"),
            *("rfc_compliance", "preferred"),
        ),
    ),
    "keys": ("Keys", ("key_type", "jwks_uri", "jwt_public_key")),
    "page": (
        "Page",
        (
            *("page", "page_method", "js_method", "js_context", "js_command", "ready_event"),
            *("expiry_event", "token_member", "sdk", "before", "launcher", "tag", "window_url"),
        ),
    ),
    "login": ("Login", ()),
    "preflight": ("Preflight", ()),
    "run": ("Run", ("surfaces", "flows", "engines", "policies", "scenarios")),
}
"""The steps of the page and the fields of each."""


@dataclass(frozen=True, kw_only=True)
class StepView:
    """One step of the page and how it stands."""

    name: str
    title: str
    state: Literal["wrong", "missing", "good", "open", "running"]

    @property
    def word(self) -> str:
        """How it stands, in a word."""
        return {"wrong": "mend", "missing": "fill in", "good": "good", "open": "to do", "running": "running"}[
            self.state
        ]


@dataclass(frozen=True, kw_only=True)
class FormView:
    """The form as it is shown.

    Attributes:
        values: What stands in the fields.
        checked: What is said of it.
        connectors: What the connectors of the file are called.
        number: Which of them is shown.
        logins: The numbers of the logins that are shown, the last one empty.
        own: Whether it is about a brand of one's own.
        flows: The flows that there are.
        told: What happened last, as what a look-up filled in.
        refused: Why something was not begun.
        asked: What was asked for, as a job's name.
        suggested: How the issuer calls itself.
    """

    values: Values
    checked: Checked
    connectors: list[str]
    number: int
    logins: range
    own: bool
    flows: list[str]
    told: tuple[str, ...] = ()
    refused: str = ""
    asked: str = ""
    suggested: str | None = None

    def said(self, name: str) -> Sentence | None:
        """Return what is said at a field."""
        return self.checked.sentences.get(name)

    def chosen(self, name: str) -> list[str]:
        """Return what is chosen in a list."""
        return self.values.get(name, "").split()


CHOICES: Mapping[str, Any] = {
    "surfaces": SURFACES,
    "engines": ENGINES,
    "policies": {name: one.description for name, one in POLICIES.items()},
    "scenarios": SCENARIOS,
    "modes": MODES,
}
"""What there is to choose from."""


def form_view(values: Values, checked: Checked, number: int, **more: Any) -> FormView:
    """Return the form as it is shown, without what is not to be shown again."""
    shown = {name: "" if name in checked.hidden else text for name, text in values.items()}
    count = sum(f"login.{index}.steps" in shown for index in range(MOST_LOGINS))
    # Those without steps are gone, but for one to write another in.
    filled = [index for index in range(count) if shown[f"login.{index}.steps"].strip()]
    logins = {
        f"login.{new}.{key}": shown.get(f"login.{old}.{key}", "")
        for new, old in enumerate(filled)
        for key in ("on", "account", "steps")
    }
    rest = {name: text for name, text in shown.items() if not name.startswith("login.")}
    return FormView(
        values={**rest, **logins},
        checked=checked,
        connectors=connectors_of(checked.text),
        number=number,
        logins=range(min(len(filled) + 1, MOST_LOGINS)),
        own=is_own(checked.text),
        flows=list(dict.fromkeys(flows_of(checked.text))),
        **more,
    )


def steps_view(form: FormView, jobs: Mapping[str, Job]) -> list[StepView]:
    """Return the steps of the page and how each stands."""
    found = []
    for name, (title, fields) in _STEPS.items():
        said = [one for key, one in form.checked.sentences.items() if key in fields or _is_login(name, key)]
        state = "wrong" if any(one.kind == "wrong" for one in said) else ""
        state = state or ("missing" if any(one.kind == "missing" for one in said) else "good")
        if name == "login" and state == "good" and form.own and len(form.logins) < 2:
            state = "open"
        if name in ("preflight", "run") and state == "good":
            state = _job_state(jobs.get(name))
        found.append(StepView(name=name, title=title, state=state))  # type: ignore[arg-type] # its words
    return found


def _is_login(step: str, key: str) -> bool:
    return step == "login" and key.startswith("login.")


def _job_state(job: Job | None) -> str:
    if job is None or job.state == "cancelled":
        return "open"
    view = job_view(job)
    if job.state == "running":
        return "running"
    if view.report is not None:
        return "good" if view.report.summary.passed == view.report.summary.cases else "wrong"
    if view.preflight is not None:
        return "wrong" if view.preflight.outcome is False else "good"
    return "wrong"
