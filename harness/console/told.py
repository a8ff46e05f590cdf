"""What goes between the walkthrough's page and its script: the form that is sent, and what has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import FormData

from harness.brand_file.answers import INJECT
from harness.console.form_document import MOST_LOGINS
from harness.console.form_fields import BOXES, LISTS, LOGIN, Values
from harness.console.form_view import FormView, StepView, steps_view
from harness.console.job_view import job_view
from harness.console.jobs import Happened, Job
from harness.roles import web

_PARTS, _JOB = "walkthrough_parts.html", "walkthrough_job.html"


def sent(form: FormData, before: Values) -> dict[str, str]:
    """Return what stands in the form that was sent.

    Args:
        form: What was sent; boxes that are not ticked are not in it.
        before: What stood in the fields, for one that was not sent.
    """
    values = {**before, **{name: str(form[name]) for name in before if name in form}}
    values |= {name: "on" if name in form else "" for name in BOXES}
    values |= {name: " ".join(map(str, form.getlist(name))) for name in LISTS}
    if form.get("sdk_way") == INJECT:
        values["sdk"] = INJECT
    for index in range(MOST_LOGINS):
        if f"login.{index}.steps" in form:
            values |= {f"login.{index}.{key}": str(form.get(f"login.{index}.{key}", "")) for key in LOGIN}
    return {name: text.replace("\r\n", "\n") for name, text in values.items()}


def answered(
    form: FormView, given: FormData, before: Values, verb: str, jobs: Mapping[str, Job]
) -> dict[str, Any]:
    """Return what a script needs to bring the page up to date.

    Args:
        form: The form as it is shown now.
        given: What was sent.
        before: What stood in the fields then.
        verb: What was asked for.
        jobs: The last job of each name.
    """
    parts = _macros(_PARTS)
    said = form.checked.sentences.items()
    more = len(form.logins) > sum(name.endswith(".steps") for name in given)
    return {
        "sentences": {name: {"kind": one.kind, "text": one.text} for name, one in said},
        "suggestions": sorted(form.checked.suggestions),
        "unused": sorted(form.checked.unused),
        "toml": form.checked.text,
        "values": _changed(form, before),
        "html": {
            "steps": parts.steps(steps_view(form, jobs)),
            "variables": parts.variables(form),
            "flows": parts.flows(form),
            # What a look-up has said stays until the next one.
            **({"told": parts.told(form)} if verb in ("lookup", "suggest") else {}),
            **{f"{name}-refused": parts.refused(form, name) for name in ("preflight", "run")},
            **_of_jobs(form, verb, jobs),
        },
        "append": {"logins": parts.login(form, form.logins[-1])} if more else {},
    }


def _of_jobs(form: FormView, verb: str, jobs: Mapping[str, Job]) -> dict[str, str]:
    """Return what changes of the jobs: one has begun, or was asked to stop."""
    macros = _macros(_JOB)
    if verb == "cancel":
        return {f"{name}-status": macros.status(job_view(one)) for name, one in jobs.items()}
    if verb in jobs and not form.refused:
        return {f"{verb}-panel": macros.panel(job_view(jobs[verb]))}
    return {}


def updated(job: Job, one: Happened, steps: Sequence[StepView]) -> dict[str, Any]:
    """Return what changes on the page by something that a job told: parts of it as markup, by their ids.

    Args:
        job: The job.
        one: What it told.
        steps: How the steps of the page stand, where it has ended.
    """
    view, macros, name = job_view(job, upto=one.seq), _macros(_JOB), job.name
    html: dict[str, str] = {}
    if one.kind in ("rows", "left-out", "case", "ended"):
        html[f"{name}-grid"] = macros.grids(view)
    if one.kind in ("preflight", "report"):
        html[f"{name}-result"] = macros.result(view)
    if one.kind == "ended":
        html |= {f"{name}-status": macros.status(view), "steps": _macros(_PARTS).steps(steps)}
    return {
        "job": name,
        "step": {"said": view.step.said, "done": view.step.done, "total": view.step.total},
        "html": html,
        "append": {f"{name}-cases": macros.case(view.cases[-1], len(view.cases))}
        if one.kind == "case"
        else {},
        "ended": one.kind == "ended",
    }


def _changed(form: FormView, before: Values) -> dict[str, str]:
    """Return the fields that the server has changed: by a look-up, or because a suggestion was taken.

    What is not to be shown again stays in the page of whoever types it.
    """
    left = {*form.checked.hidden, "flows", *(["sdk"] if form.values["sdk"] == INJECT else [])}
    return {
        name: text
        for name, text in form.values.items()
        if name not in left and not name.startswith("login.") and before.get(name, "").strip() != text.strip()
    }


def _macros(name: str) -> Any:
    module: Any = web.environment().get_template(f"console/{name}").module
    return module
