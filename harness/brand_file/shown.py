"""From what a person showed to the steps of a file: pure, so that it can be tested without a browser."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.brand_file.questions import password_variable

Kind = Literal["fill", "secret", "totp", "select", "check", "click", "press"]
Step = Mapping[str, str | bool]
"""A step as it stands in the file."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One thing that a person did.

    Attributes:
        kind: What; a ``secret`` is a field whose text stayed in the page.
        document: The document's own name.
        element: The element's number in the document.
        target: What it was done to, in words of the page.
        value: What was typed or selected.
        frame: The frame that it was done in, as the step names it; empty for the page itself.
        by_key: Whether a click came from a key.
    """

    kind: Kind
    document: str
    element: int
    target: str
    value: str = ""
    frame: str = ""
    by_key: bool = False


@dataclass(frozen=True, kw_only=True)
class Derived:
    """What a file says of a login.

    Attributes:
        steps: The steps.
        variables: The environment variables that they read.
        notes: What somebody who reads them should know.
    """

    steps: tuple[Step, ...]
    variables: tuple[str, ...]
    notes: tuple[str, ...] = ()


def derive(
    shown: Sequence[Shown],
    *,
    account: str,
    known: Mapping[str, str] | None = None,
    before: Collection[str] = (),
) -> Derived:
    """Return the steps of a login that a person showed.

    Args:
        shown: What they did, in order.
        account: Who they are; the variables for their secrets are named after it.
        known: The variable for a field, where the file has one already.
        before: What is clicked before every login anyway.
    """
    done = [one for one in shown if not (one.kind == "click" and one.target in before)]
    done = list(_last_typed(_without_keys(done)))
    tried = len(done)
    done = _last_attempt(done)
    variables = _variables(done, account, known or {})
    notes = []
    if len(done) < tried:
        notes.append("an attempt that was made again was left out")
    if any(one.kind == "totp" for one in done):
        notes.append(
            "a one-time code is made from the secret behind it, in base32; where nobody can have that, "
            "harness login keeps a session instead"
        )
    return Derived(
        steps=tuple(_steps(done, variables)),
        variables=tuple(dict.fromkeys(variables.values())),
        notes=tuple(notes),
    )


def _without_keys(shown: Sequence[Shown]) -> Iterator[Shown]:
    """Leave out the key that pressed a form's button: the button is clicked instead."""
    for one, after in zip(shown, (*shown[1:], None), strict=True):
        clicked = after is not None and after.by_key and after.document == one.document
        if not (one.kind == "press" and clicked):
            yield one


def _last_typed(shown: Iterator[Shown]) -> Iterator[Shown]:
    """Keep of what was typed into one field, one after the other, the last."""
    held: Shown | None = None
    for one in shown:
        if held is not None and not (_field(held) == _field(one) and held.kind not in ("click", "press")):
            yield held
        held = one
    if held is not None:
        yield held


def _field(one: Shown) -> tuple[str, int, Kind]:
    return one.document, one.element, one.kind


def _last_attempt(shown: list[Shown]) -> list[Shown]:
    """Keep of a login that was tried several times the last one, from where it began anew."""
    names = [(one.kind, one.frame, one.target) for one in shown]
    for later in range(len(shown)):
        if shown[later].kind != "secret" or names[later] not in names[:later]:
            continue
        earlier = names.index(names[later])
        for start in range(earlier + 1):
            if names[start] in names[earlier + 1 : later + 1]:
                again = names.index(names[start], earlier + 1)
                return _last_attempt(shown[:start] + shown[again:])
    return shown


def _variables(shown: Sequence[Shown], account: str, known: Mapping[str, str]) -> dict[str, str]:
    """Return the variable for every field whose text is a secret."""
    name = password_variable(account)
    made = {"secret": name, "totp": name.replace("_PASSWORD", "_TOTP")}
    found: dict[str, str] = {}
    for one in shown:
        if one.kind not in made or one.target in found:
            continue
        number = sum(other.startswith(made[one.kind]) for other in found.values()) + 1
        found[one.target] = known.get(one.target) or made[one.kind] + (f"_{number}" if number > 1 else "")
    return found


def _steps(shown: Sequence[Shown], variables: Mapping[str, str]) -> Iterator[Step]:
    frame = ""
    for one in shown:
        if one.frame != frame:
            frame = one.frame
            yield {"frame": frame}
        match one.kind:
            case "secret":
                yield {"fill": one.target, "env": variables[one.target]}
            case "totp":
                yield {"totp": one.target, "env": variables[one.target]}
            case "fill" | "select":
                yield {one.kind: one.target, "value": one.value}
            case _:
                yield {one.kind: one.target}
