"""The walkthrough: the connector form, checked as one types, a preflight, and the matrix, on one page."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import tomllib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from harness import config_file
from harness.brand_file import advertised
from harness.brand_file.answers import NotThat, variable
from harness.config import Config
from harness.console import work
from harness.console.form_check import Checked, Sentence, check, field_at
from harness.console.form_document import connectors_of, values_of, variables_of
from harness.console.form_fields import Values
from harness.console.form_lookup import Ask, LookedUp, look_up
from harness.console.form_starts import SAMPLE_VARIABLE, empty, sample
from harness.console.form_view import CHOICES, FormView, form_view, steps_view
from harness.console.job_view import JobView, job_view
from harness.console.jobs import Busy, Happened, Job, Jobs
from harness.console.told import answered, sent, updated
from harness.errors import ConfigError, HarnessError
from harness.live import Feed
from harness.matrix import cases
from harness.report import html
from harness.report.html import Material
from harness.report.model import Report
from harness.roles import web
from harness.sample import PLATFORM_SECRET
from harness.toml_text import parsed

PATH = "/walkthrough"
FILE, SAMPLE, EMPTY, PASTED = "file", "sample", "empty", "pasted"
_SECRET = "secret:"  # noqa: S105 - the beginning of a field's name
_UNSEEN = ("login",)
"""The sections whose secrets a preflight does not use."""

SessionsOf = Callable[[Config], work.Sessions]
"""Returns what browsers kept of earlier logins."""


class Walkthrough:
    """The part of the console that walks a person through a connector; a context manager that ends its job.

    Args:
        file: The brand's file to begin with; the sample brand when left out.
        sessions: What browsers kept of earlier logins.
        ask: Asks an issuer for its discovery document.
        feed: Passes each case on, while it runs, to those who watch.

    Raises:
        ConfigError: When the file is none, or is no TOML.
    """

    title, path = "Walkthrough", PATH

    def __init__(
        self,
        file: Path | None = None,
        *,
        sessions: SessionsOf = lambda _: {},
        ask: Ask = advertised.ask,
        feed: Feed | None = None,
    ) -> None:
        self._sessions, self._ask, self._feed = sessions, ask, feed
        self._path = file or Path("brand.toml")
        self._starts: dict[str, Callable[[], str]] = {SAMPLE: sample, EMPTY: empty}
        if file is not None:
            self._starts = {FILE: lambda: _toml(file), **self._starts}
        self._from = next(iter(self._starts))
        self._text, self._number = self._starts[self._from](), 0
        # What was typed for this run; it is in this process's memory and nowhere else.
        self._typed: dict[str, str] = {SAMPLE_VARIABLE: PLATFORM_SECRET}
        # Whoever does something has file and number to themselves until it is done.
        self._lock = threading.RLock()
        self._begun = 0
        self.jobs = Jobs()
        self._shown: dict[str, Job] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the job that is running, and whatever watches it."""
        self.jobs.close()

    def routes(self, pages: web.Pages) -> Sequence[BaseRoute]:
        """Return its routes."""
        self._pages = pages
        return [
            Route(PATH, self._get, methods=["GET"]),
            Route(PATH, self._post, methods=["POST"]),
            Route(f"{PATH}/events", self._events),
            Route(f"{PATH}/brand.toml", self._download),
            Route(f"{PATH}/report", self._report),
            Route(f"{PATH}/report.json", self._report_json),
        ]

    # The page

    def _get(self, _: Request) -> Response:
        return self._page(self._view())

    def _page(self, form: FormView) -> HTMLResponse:
        return self._pages.render(
            "walkthrough.html",
            here=PATH,
            form=form,
            steps=steps_view(form, self._shown),
            choices=CHOICES,
            starts=self._starts,
            began=self._from,
            file=self._path.name,
            jobs={name: job_view(job) for name, job in self._shown.items()},
        )

    def _view(self, values: Values | None = None, *, number: int | None = None, **more: Any) -> FormView:
        """Look at the form, remember the file that it amounts to, and return it as it is shown."""
        with self._lock:
            number = self._number if number is None else number
            values = values or values_of(self._text, number)
            checked = self._checked(values, number)
            self._text = checked.text
            if "sentences" in more:
                said = {**checked.sentences, **more.pop("sentences")}
                checked = replace(checked, sentences=said)
            return form_view(values, checked, number, **more)

    def _checked(self, values: Values, number: int) -> Checked:
        return check(self._text, values, self._path, number=number, typed=self._typed)

    # What a person does

    async def _post(self, request: Request) -> Response:
        form = await request.form(max_fields=400)
        action = str(form.get("action", "check"))
        return await run_in_threadpool(self._acted, request, form, action)

    def _acted(self, request: Request, form: FormData, action: str) -> Response:
        verb, _, what = action.partition(":")
        if verb in ("start", "take"):
            return self._begun_anew(what, str(form.get("document", "")))
        with self._lock:
            self._keep_secrets(form)
            self._number = self._shown_number(form)
            values = sent(form, values_of(self._text, self._number))
            begun, answer = self._begun, self._answer(values, verb, what)
        if verb == "lookup":
            answer = self._looked_up(values, answer, begun)
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse(
                answered(answer, form, values, verb, self._shown), headers={"Cache-Control": "no-store"}
            )
        return self._page(answer)

    def _answer(self, values: Values, verb: str, what: str) -> FormView:
        """Do what is asked, as far as nobody else has to be asked for it."""
        match verb:
            case "show":
                self._view(values)
                self._number = self._there(what)
                return self._view()
            case "suggest":
                return self._suggested(values, what)
            case "forget":
                self._typed.pop(what, None)
            case "preflight" | "run":
                return self._started(values, verb)
            case "cancel":
                self.jobs.cancel()
        return self._view(values)

    def _begun_anew(self, start: str, document: str) -> Response:
        """Begin with another file, or with the text of one."""
        try:
            if start in self._starts:
                text = self._starts[start]()
            else:
                text = document.replace("\r\n", "\n")
                parsed(text)
            with self._lock:
                self._text, self._number, self._from = text, 0, start or PASTED
                self._begun += 1
        except tomllib.TOMLDecodeError as error:
            return self._page(self._view(refused=f"the text is not TOML: {error}"))
        except HarnessError as error:
            return self._page(self._view(refused=str(error)))
        return web.see_other(PATH)

    def _shown_number(self, form: FormData) -> int:
        return self._there(str(form.get("connector", "0")))

    def _there(self, number: str) -> int:
        """Return the number of a connector that the file has."""
        last = max(0, len(connectors_of(self._text)) - 1)
        return min(web.number(number) or 0, last)

    def _keep_secrets(self, form: FormData) -> None:
        """Remember what was typed for this run, under the names of variables that the file reads."""
        for name, typed in form.multi_items():
            if name.startswith(_SECRET) and typed:
                with contextlib.suppress(NotThat):
                    self._typed[variable(name.removeprefix(_SECRET))] = str(typed)

    def _looked_up(self, values: Values, view: FormView, begun: int) -> FormView:
        """Ask the issuer, while anybody may do something else; what it says belongs to what was shown."""
        config = view.checked.config
        if config is None or config.brand is None:
            sentence = "the sample's own server answers within a check alone, and there is nothing to look up"
            if config is None:
                sentence = "mend first what is said above all fields; then the issuer can be looked up"
            found = LookedUp(values=values, said=(sentence,), found=False)
        else:
            found = look_up(values, config.network, ask=self._ask)
        said = {} if found.found else {"issuer": Sentence(kind="note", text="; ".join(found.said))}
        with self._lock:
            if begun != self._begun:
                return self._view()
            view = self._view(found.values, number=view.number, told=found.said, suggested=found.suggested)
        merged = {**said, **view.checked.sentences}
        return replace(view, checked=replace(view.checked, sentences=merged))

    def _suggested(self, values: Values, name: str) -> FormView:
        """Take what was suggested for a field."""
        name, _, given = name.partition("=")
        offered = given or self._checked(values, self._number).suggestions.get(name)
        return self._view({**values, name: offered} if offered else values)

    # Jobs

    def _started(self, values: Values, name: str) -> FormView:
        """Start a job, or say at the fields why not."""
        view = self._view(values)
        if not view.checked.right:
            left = sum(one.kind != "note" for one in view.checked.sentences.values())
            what = "one field needs a word" if left == 1 else f"{left} fields need a word"
            return replace(view, refused=f"not started: {what} first; each says what it takes", asked=name)
        try:
            work_, title = self._work(name)
            self._shown[name] = self.jobs.start(name, title, work_)
        except ConfigError as error:
            said = {field_at(error): Sentence(kind="wrong", text=error.detail)}
            refused = f"not started: {error.detail}"
            return self._view(values, refused=refused, asked=name, sentences=said)
        except Busy as error:
            return self._view(values, refused=f"not started: {error}", asked=name)
        except HarnessError as error:
            return self._view(values, refused=str(error), asked=name)
        return self._view(values)

    def _work(self, name: str) -> tuple[work.Work, str]:
        environment = {**os.environ, **self._typed}
        if name == "preflight":
            config = config_file.parse(self._text, self._path, unset=_UNSEEN, environment=environment)
            return work.asking(config), "the preflight"
        config = config_file.parse(self._text, self._path, environment=environment)
        secrets = [environment[one] for one in variables_of(self._text) if one in environment]
        secrets += [
            one.client_secret.get_secret_value() for one in config.connectors if one.client_secret is not None
        ]
        running = work.running(
            config,
            cases(config.matrix),
            sessions=self._sessions(config),
            secrets=tuple(secrets),
            feed=self._feed,
        )
        return running, "the run"

    async def _events(self, request: Request) -> Response:
        number, after = (request.query_params.get(name, "0") for name in ("job", "after"))
        after = request.headers.get("last-event-id", after)
        job = next((one for one in self._shown.values() if str(one.number) == number), None)
        seen = web.number(after)
        if job is None or seen is None or _is_over(job, seen):
            return Response(status_code=204)  # an EventSource does not ask again

        async def told() -> AsyncIterator[ServerSentEvent]:
            async for one in self.jobs.watch(job, after=seen):
                data = await run_in_threadpool(self._update, job, one)
                yield ServerSentEvent(data=json.dumps(data), event="update", id=str(one.seq))

        return EventSourceResponse(told())

    def _update(self, job: Job, one: Happened) -> dict[str, Any]:
        steps = steps_view(self._view(), self._shown) if one.kind == "ended" else []
        return updated(job, one, steps)

    # Files

    def _download(self, _: Request) -> Response:
        headers = {"Content-Disposition": 'attachment; filename="brand.toml"', "Cache-Control": "no-store"}
        return Response(self._text, media_type="application/toml", headers=headers)

    def _report(self, _: Request) -> Response:
        view, report = self._last_run()
        file = str(self._path) if self._from == FILE else None
        material = Material(timelines=dict(enumerate(view.timelines)), file=file)
        # The report is one file with a policy of its own, in which this one thing cannot be said.
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": "frame-ancestors 'none'"}
        return HTMLResponse(html.render(report, material), headers=headers)

    def _report_json(self, _: Request) -> Response:
        text = self._last_run()[1].as_json()
        return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})

    def _last_run(self) -> tuple[JobView, Report]:
        view = job_view(self._shown["run"]) if "run" in self._shown else None
        if view is None or view.report is None:
            raise HTTPException(404, "Nothing has been run to its end yet.")
        return view, view.report


def _toml(file: Path) -> str:
    """Return the text of a brand's file.

    Raises:
        ConfigError: When it cannot be read, or is no TOML.
    """
    text = config_file.text_of(file)
    try:
        parsed(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"this is not TOML: {error}", file=file) from None
    return text


def _is_over(job: Job, after: int) -> bool:
    """Tell whether a job has ended, and its end is known already."""
    # Not its state, which changes a moment before its end is told.
    told = job.told
    return bool(told) and told[-1].kind == "ended" and after >= len(told)
