"""Who was taken for whom."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.found import Found
from harness.timeline import Event, Timeline


def check_collision(timeline: Timeline) -> Iterator[Found]:
    """Consumers of two issuers or of two accounts never share a profile (OpenID Connect Core 5.7)."""
    owners: dict[int, tuple[str, str | None]] = {}
    for verdict in _signed_in(timeline):
        owner = (verdict.data["issuer"], verdict.data["account"])
        first = owners.setdefault(verdict.data["profile"], owner)
        if first != owner:
            yield Found(
                code="platform.issuer_collision",
                severity="error",
                expected="a profile for each account, iss and sub",
                observed=f"one profile for {first[0]} and {owner[0]}",
            )
            return


def check_merged(timeline: Timeline) -> Iterator[Found]:
    """Two subjects of one issuer never share a profile (OpenID Connect Core sections 2 and 5.7)."""
    subjects: dict[tuple[object, ...], Event] = {}
    for verdict in _signed_in(timeline):
        known = verdict.data
        first = subjects.setdefault((known["profile"], known["issuer"], known["account"]), verdict)
        if first.data["subject"] == known["subject"]:
            continue
        alike = first.data.get("subject_folded") == known.get("subject_folded", "")
        yield Found(
            code="platform.sub_normalised" if alike else "platform.email_merge",
            severity="error",
            expected="a profile for each sub, compared octet by octet",
            observed=f"one profile for two that {'differ in their spelling' if alike else 'share no sub'}",
        )
        return


def check_logout(timeline: Timeline) -> Iterator[Found]:
    """A token vouches for a login, and this login had ended (OpenID Connect Back-Channel Logout)."""
    for verdict in _signed_in(timeline):
        for logout in timeline.of("logout"):
            if _same_person(logout, verdict) and _ended(logout, verdict):
                yield Found(
                    code="claims.auth_time_before_logout",
                    severity="warning",
                    expected="a login that has not ended",
                    observed="a token that was issued before the logout",
                )


def _same_person(logout: Event, verdict: Event) -> bool:
    """Tell whether a logout names the issuer and the subject of a verdict; the shop's own names nobody."""
    names = ("issuer", "subject")
    return "subject" in logout.data and all(logout.data[one] == verdict.data.get(one) for one in names)


def _ended(logout: Event, verdict: Event) -> bool:
    login = verdict.data.get("auth_time")
    known = isinstance(login, int | float)
    return known and logout.seq < verdict.seq and login <= logout.data["auth_time"]


def _signed_in(timeline: Timeline) -> tuple[Event, ...]:
    return tuple(one for one in timeline.of("verdict") if one.data["outcome"] == "authenticated")
