"""Watches a person sign in on a brand's page and says what the file should say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Error

from harness.brand_file.edit import Wanted
from harness.brand_file.shown import Derived, derive
from harness.browser.attended import Person
from harness.browser.watching import Watching
from harness.config import Config, EngineName
from harness.errors import HarnessError
from harness.matrix import Case
from harness.net import Outside
from harness.run import Harness

On = Literal["page", "authorize"]


class NothingRecorded(HarnessError):
    """A recording of which no login can be made, with the sentence that says why."""

    exit_code = 4


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What somebody showed.

    Attributes:
        login: How they signed in.
        hosts: The hosts that it asked for and that the file does not name yet.
        notes: What whoever reads it should know.
    """

    login: Derived
    hosts: tuple[Wanted, ...]
    notes: tuple[str, ...]


def record(
    config: Config,
    *,
    account: str,
    on: On,
    engine: EngineName,
    person: Person,
    headed: bool = True,
    known: Mapping[str, str] | None = None,
) -> Recorded:
    """Let somebody sign in, and derive the steps and the hosts.

    Any host that a page asks for may be reached meanwhile, by the browser alone.

    Args:
        config: The brand's configuration.
        account: Who signs in.
        on: On the brand's page, or on the authorization server's page in the popup.
        engine: In which browser.
        person: Acts on the brand's page and returns when they are done.
        headed: Whether the browser is shown.
        known: The variables that the file has for somebody's secrets, by field.

    Raises:
        NothingRecorded: When nothing was done of which steps could be made, or the page cannot be opened.
    """
    brand = config.brand
    assert brand is not None, "only for a brand of one's own"
    opened = config.model_copy(update={"network": config.network.open()})
    case = Case(
        surface="popup" if on == "authorize" else "embedded",
        flow=config.connectors[0].flow,
        engine=engine,
        mode=config.matrix.modes[0],
    )
    with (
        Harness(opened, headed=headed) as harness,
        harness.attended(case) as context,
        Watching(context, ours=config.served, in_popup=on == "authorize") as watching,
    ):
        page = context.new_page()
        try:
            page.goto(brand.page)
        except Error:
            raise NothingRecorded(
                f"{brand.page} could not be opened; harness preflight says what stands in the way"
            ) from None
        person(page)
    if not watching.shown:
        raise NothingRecorded(_nothing(watching, on))
    login = derive(
        watching.shown, account=account, known=known, before=tuple(one.target for one in brand.before)
    )
    outside = Outside.of(config)
    hosts = watching.hosts(lambda host: outside.names(host, browser=True))
    return Recorded(login=login, hosts=hosts, notes=(*login.notes, *_notes(watching, on)))


def _nothing(watching: Watching, on: On) -> str:
    if not watching.elsewhere:
        return "nothing was typed or clicked, so that no steps can be written"
    if on == "page":
        return (
            "all that was done was done in another window, where no steps can be taken; record a login "
            "in the chat's popup with --on authorize, or keep a session with harness login"
        )
    return "all that was done was done in the page itself; --on authorize takes what is done in the popup"


def _notes(watching: Watching, on: On) -> tuple[str, ...]:
    notes = []
    if watching.elsewhere and on == "page":
        notes.append("what was done in other windows is not among the steps")
    if watching.gaps:
        notes.append("the page could not be followed everywhere; look whether a step is missing")
    return tuple(notes)
