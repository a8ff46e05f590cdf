"""What every fault is and what must be diagnosed: ``faults.toml``, read once.

Nothing on the diagnosing side imports this module; a test proves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import Field

from harness.catalogue.table import read
from harness.config import EngineName, Flow, Mode, Surface
from harness.protocol.problem import Severity
from harness.report.model import Outcome
from harness.settings import Settings

Step = dict[str, dict[str, Any]]
"""One injector and its arguments: ``{name: {argument: value}}``."""


GROUPS: Mapping[str, str] = {
    "A": "The page method",
    "B": "Page, frame and browser",
    "C": "Opening the popup",
    "D": "Authorization request",
    "E": "Authorization response",
    "F": "Proof key (PKCE)",
    "G": "Token endpoint",
    "H": "Form of the id_token",
    "I": "Signature",
    "J": "Keys and discovery",
    "K": "Encryption",
    "L": "Claims",
    "M": "Replay and mixing up",
    "N": "Network and availability",
    "O": "The platform and the harness itself",
    "P": "Legal, though unusual",
}
"""What the groups of the catalogue are about."""


class Expectation(Settings):
    """What one entry of a fault must lead to.

    Attributes:
        variant: Which form of the fault, when the forms get different diagnoses.
        surface: The one surface that the entry speaks of; ``None`` for every one that the fault can occur on.
        flow: The one flow that the entry speaks of; ``None`` for any.
        mode: The platform's mode, or both.
        outcome: The case's outcome.
        code: The case's code.
        findings: Codes and severities that must be among the findings.
        each: What is put in for this entry instead of the row's own.
        connector: Settings of the connector for this entry.
        consumer: What is done out of the ordinary in this entry.
    """

    variant: str | None = None
    surface: Surface | None = None
    flow: Flow | None = None
    mode: Mode | Literal["both"] = "both"
    outcome: Outcome
    code: str | None = None
    findings: tuple[tuple[str, Severity], ...] = ()
    each: tuple[tuple[Step, ...] | Step, ...] = ()
    connector: dict[str, Any] = Field(default_factory=dict)
    consumer: str | None = None


class Weakened(Settings):
    """What the weakened twin of our own side must come to under the attack that the product resists.

    Attributes:
        outcome: The case's outcome; an attack that gets through signs somebody in.
        code: The case's code.
        findings: Codes and severities that must be among the findings; those of the entry when left out.
        policy: The policy of its browser, where that is what is weak.
    """

    outcome: Outcome = "authenticated"
    code: str | None = None
    findings: tuple[tuple[str, Severity], ...] = ()
    policy: str = ""


class FaultRow(Settings):
    """A named fault: injectors with their arguments, and what must be diagnosed.

    Attributes:
        id: The stable name.
        group: The catalogue's group.
        title: One sentence: what is broken.
        where: The hop that is overlaid.
        put: The injectors that are put in place together.
        each: Several such sets, every one of which must get the same diagnosis.
        consumer: What the consumer, or somebody in their place, does out of the ordinary.
        probes: Which probes of the authorization server make it visible, by their names in
            ``harness.probing.table``; they are sent beside what the consumer does.
        policy: Under which policy of the browser it shows, where the engine's own does not do.
        sites: Other host names under which it shows, by role.
        deed: What is done out of the ordinary in a real browser, by its name in ``harness.browser.deeds``.
        connector: Settings of the connector under which the fault can occur.
        fresh_keys: Whether the platform must not have the issuer's key set yet.
        warm: Whether a good sign-in goes before.
        advance: Seconds by which the clock moves after it.
        browser_only: Whether only a real browser can show it.
        lifted: Whether the fault is gone again in the sign-in that is judged.
        surfaces: Where the fault can occur.
        flows: In which flows it can occur.
        not_visible: Engines in which it cannot be seen, each with the reason.
        callback_deadline: A deadline of the SDK that makes a fault about waiting short to show, in seconds.
        own_side: Whether it is about the platform or the harness itself. Such a row names an attack, in
            ``consumer`` or ``deed``, and runs twice: the product resists, with the entry's outcome and code
            and no finding; the twin that is weakened by what is put in yields the entry's findings.
        weakened: What the weakened twin must come to.
        expect: What every entry must get.
    """

    id: str
    group: str
    title: str
    where: str
    put: tuple[Step, ...] = ()
    each: tuple[tuple[Step, ...], ...] = ()
    consumer: str | None = None
    probes: tuple[str, ...] = ()
    policy: str = ""
    sites: dict[str, str] = Field(default_factory=dict)
    deed: str | None = None
    connector: dict[str, Any] = Field(default_factory=dict)
    fresh_keys: bool = False
    warm: bool = False
    advance: float = 0
    lifted: bool = False
    browser_only: bool = False
    not_visible: dict[EngineName, str] = Field(default_factory=dict)
    surfaces: tuple[Surface, ...]
    flows: tuple[Flow, ...]
    callback_deadline: float | None = None
    own_side: bool = False
    weakened: Weakened = Field(default_factory=Weakened)
    expect: tuple[Expectation, ...]

    @property
    def in_browser(self) -> bool:
        """Whether it shows in the browser of any run: nothing around it has to change."""
        settings = self.connector or self.sites or any(one.connector for one in self.expect)
        return self.checkable and not settings

    @property
    def checkable(self) -> bool:
        """Whether ``harness check --fault`` shows it, under names and connectors of its own where it has any.

        The others need a clock that is moved, somebody who attacks, or probes.
        """
        return not (self.consumer or self.probes or self.warm or self.lifted)

    def variations(self, expectation: Expectation | None = None) -> tuple[tuple[Step, ...], ...]:
        """Return every set of injectors that the row, or one of its entries, puts in.

        Args:
            expectation: The entry; the row itself when left out.
        """
        own = expectation.each if expectation else ()
        if own:
            return tuple((one,) if isinstance(one, dict) else one for one in own)
        return self.each or (self.put,)


@cache
def faults() -> Mapping[str, FaultRow]:
    """Return every fault that can be put in, by its id."""
    return {name: FaultRow(id=name, **row) for name, row in read("faults.toml").items()}
