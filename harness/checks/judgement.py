"""The judgement of one case: outcome, code and findings, from the timeline alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from harness.checks.additions import Additions
from harness.checks.advice import check_defaults, check_form_action, check_framable, check_third_party_cookies
from harness.checks.attacks import check_attacks, check_refused, refusals, resisted
from harness.checks.authorization_server import (
    check_challenge,
    check_fresh,
    check_probes,
    check_unknown_client,
)
from harness.checks.clocks import check_clocks
from harness.checks.connection import check_offline
from harness.checks.exchange import Refined, refine
from harness.checks.found import Found, finding, pinned
from harness.checks.leaks import (
    check_address,
    check_cached,
    check_fragment,
    check_referrer,
    check_report,
)
from harness.checks.loopback import check_local_network, check_names
from harness.checks.messages import (
    check_answered_origin,
    check_answering_window,
    check_arrival,
    check_ignored,
    check_target,
)
from harness.checks.obstacles import (
    check_csp,
    check_embedder_policy,
    check_frame_loading,
    check_frame_refused,
    check_sandbox,
    check_storage_permission,
)
from harness.checks.page_environment import (
    check_dialog,
    check_duplicate,
    check_script_blocked,
    check_tampered,
)
from harness.checks.page_method import check_frame_gone, check_navigated, check_repeated, refine_page
from harness.checks.page_secrets import (
    check_broadcast,
    check_constant,
    check_logged,
    check_persisted,
    check_scraped,
    check_secret,
)
from harness.checks.popup import POPUP_CHECKS, refine_silent
from harness.checks.profiles import check_collision, check_logout, check_merged
from harness.checks.proof_key import check_proof_key, check_verifier_kept
from harness.checks.reach import FORBIDDEN, check_forbidden, check_logins, check_reached, check_steps, masked
from harness.checks.recording import check_crashed, check_recording
from harness.checks.redirects import (
    check_kept_method,
    check_loop,
    check_soft,
    check_too_long,
)
from harness.checks.scenario import Act, acts, check_subjects
from harness.checks.sdk_script import (
    check_extension,
    check_insecure_context,
    check_integrity,
    check_mixed_content,
    check_tag,
    check_trusted_types,
)
from harness.checks.storage import check_cookie, check_storage, refine_cookie
from harness.checks.verdict import check_backend, check_not_logged_in, check_verdict
from harness.config import RULES
from harness.report.model import Finding, Outcome
from harness.timeline import Timeline

Check = Callable[[Timeline], Iterator[Found]]

CHECKS: tuple[Check, ...] = (
    check_steps,
    check_logins,
    check_reached,
    check_forbidden,
    check_verdict,
    check_not_logged_in,
    check_clocks,
    check_offline,
    check_kept_method,
    check_loop,
    check_soft,
    check_too_long,
    check_unknown_client,
    check_probes,
    check_challenge,
    check_proof_key,
    check_verifier_kept,
    check_fresh,
    check_refused,
    check_attacks,
    check_collision,
    check_merged,
    check_logout,
    check_subjects,
    check_insecure_context,
    check_mixed_content,
    check_integrity,
    check_extension,
    check_tag,
    check_trusted_types,
    check_csp,
    check_embedder_policy,
    check_frame_refused,
    check_sandbox,
    check_frame_loading,
    check_storage_permission,
    check_target,
    check_answered_origin,
    check_answering_window,
    check_ignored,
    check_arrival,
    check_repeated,
    check_navigated,
    check_frame_gone,
    check_duplicate,
    check_tampered,
    check_dialog,
    check_script_blocked,
    check_secret,
    check_logged,
    check_broadcast,
    check_persisted,
    check_scraped,
    check_constant,
    *POPUP_CHECKS,
    check_names,
    check_local_network,
    check_defaults,
    check_third_party_cookies,
    check_storage,
    check_cookie,
    check_form_action,
    check_framable,
    check_referrer,
    check_address,
    check_fragment,
    check_report,
    check_cached,
    check_crashed,
    check_recording,
)

REFINERS: tuple[Callable[[str, Timeline], Refined | None], ...] = (
    refine,
    refine_page,
    refine_cookie,
    refine_silent,
)
"""What knows better than a code on the wire; the first one that does is believed."""


NOTHING_ADDED = Additions()


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a timeline amounts to.

    Attributes:
        outcome: How the sign-in ended; of several the first that did not end as it should, else the last.
        code: The code of the earliest failing hop.
        findings: What the checks found.
        wanted: How it should have ended.
    """

    outcome: Outcome
    code: str | None
    findings: tuple[Finding, ...]
    wanted: Outcome = "authenticated"

    @property
    def passed(self) -> bool:
        """Whether it ended as it should, and nothing of severity error was found."""
        return self.outcome == self.wanted and not any(f.severity == "error" for f in self.findings)


def judge(timeline: Timeline, added: Additions = NOTHING_ADDED, rules: str = RULES) -> Judgement:
    """Judge a case: no browser, no clock, no knowledge of what may have been broken on purpose.

    Args:
        timeline: What happened.
        added: What extensions look for beside; of a case that the backend left open they are not asked.
        rules: The set of checks that is pinned; what newer ones find only warns.

    Raises:
        ExtensionError: When a check of an extension fails.
    """
    timeline = Timeline(timeline.events)  # a saved one's header names the fault
    if failures := tuple(check_backend(timeline)):
        # Whatever else is on the timeline may only follow from it.
        return Judgement(outcome="undetermined", code=None, findings=tuple(finding(one) for one in failures))
    found = tuple(_exact(one, timeline) for check in CHECKS for one in check(timeline))
    found += tuple(added.found(timeline))
    done = acts(timeline)
    act = next((one for one in done if one.outcome != one.wanted), done[-1])
    outcome, code = _end(act, found, timeline)
    if any(one.ends is not None for one in found):
        # What a page that went wrong had the window send amiss is not told of as another mistake.
        amiss = {one.data["code"] for one in refusals(timeline)} - {code}
        found = tuple(one for one in found if one.code not in amiss)
    if code == FORBIDDEN:
        # What the page did without something that it asked for is not told of as the page's mistake.
        found = tuple(one for one in found if one.severity != "error" or not one.code.startswith("sdk."))
    return Judgement(
        outcome=outcome,
        code=code,
        findings=tuple(pinned(finding(one, added.codes), rules, added.codes) for one in found),
        wanted=act.wanted,
    )


def _end(act: Act, found: tuple[Found, ...], timeline: Timeline) -> tuple[Outcome, str | None]:
    """Return how an act ended, and why where it did not end well."""
    if not act.verdicts:
        ends = sorted((one for one in found if one.ends is not None), key=lambda one: one.at)
        if first := _first(ends, timeline):
            return first.ends or "undetermined", first.code
        last = refusals(timeline)[-1:]
        kept_out = last[0].data["code"] if last else resisted(timeline)
        return ("refused", kept_out) if kept_out else ("undetermined", None)
    verdict = act.verdicts[-1]
    code = verdict.data["code"]
    if act.outcome == "authenticated" or code is None:
        return act.outcome, None
    if code.startswith("harness."):
        # It was not asked, so that nothing is known of who would have answered.
        return "undetermined", code
    better = _better(code, timeline)
    # A request that was refused for its own defect is no consumer who is not signed in.
    outcome, code = (better.outcome, better.code) if better else (act.outcome, code)
    if outcome != act.wanted and masked(code, timeline, until=verdict.at):
        return "undetermined", FORBIDDEN
    return outcome, code


def _first(ends: list[Found], timeline: Timeline) -> Found | None:
    """Return what ended an act first; a host that was kept back does so only where nothing else is sure."""
    if not ends or ends[0].code != FORBIDDEN:
        return ends[0] if ends else None
    sure = (one for one in ends if one.ends != "undetermined" and not masked(one.code, timeline))
    return next(sure, ends[0])


def _exact(found: Found, timeline: Timeline) -> Found:
    better = _better(found.code, timeline)
    if better is None:
        return found
    exact = {name: value for name, value in vars(better).items() if name != "outcome"}
    return replace(found, **exact)


def _better(code: str, timeline: Timeline) -> Refined | None:
    better = (one(code, timeline) for one in REFINERS)
    return next((one for one in better if one is not None), None)
