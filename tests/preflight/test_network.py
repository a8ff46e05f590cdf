"""What names, connections and certificates mean, without any of them."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks.found import Found
from harness.preflight.hosts import Certificate, HostSeen
from harness.preflight.model import Line, Undetermined
from harness.preflight.network import is_offline, judge_host, judge_privacy

NOW = 1_795_176_000.0
DAY = 86_400


def host(name: str = "login.acme.example", **seen: Any) -> HostSeen:
    """Return a host of which this was seen."""
    return HostSeen(host=name, **seen)


def certificate(**said: Any) -> Certificate:
    """Return a certificate by a public authority that is good for a year."""
    values = {
        "names": ("login.acme.example",),
        "until": NOW + 365 * DAY,
        "issuer": "Example CA 7",
        "own": False,
        "parent_offered": True,
        **said,
    }
    return Certificate(**values)


def found(one: HostSeen) -> list[Found]:
    """Return what is found about a host."""
    return [said for said in judge_host(one, ("jwks_uri",), now=NOW) if isinstance(said, Found)]


@pytest.mark.parametrize(("days", "warned"), [(31, False), (29, True)])
def test_a_certificate_is_warned_of_thirty_days_before_its_end(days: int, warned: bool) -> None:
    """It is good until then, so it is no error."""
    one = host(version="TLSv1.3", certificate=certificate(until=NOW + days * DAY))

    assert (["warning"] if warned else []) == [said.severity for said in found(one)]


def test_what_a_browser_would_repair_is_an_incomplete_chain() -> None:
    """The certificate says where its issuer's is, which a browser fetches and a server client does not."""
    one = host(failure="tls", verify_code=20, certificate=certificate())

    (said,) = found(one)
    assert "an incomplete chain" in said.observed
    assert "browsers fetch what is missing" in str(said.fix)


def test_a_certificate_that_signed_itself_is_named_so() -> None:
    """For a trial it can be trusted by name."""
    (said,) = found(host(failure="tls", verify_code=18, certificate=certificate(own=True)))

    assert "a certificate that signed itself" == said.observed
    assert "[network] ca" in str(said.fix)


@pytest.mark.parametrize(
    "one",
    [
        host("login.corp", failure="name", detail="no such name"),
        host("login.acme.internal", failure="name", detail="no such name"),
        host(failure="silent", detail="no answer", addresses=("10.1.2.3",)),
        host(failure="silent", detail="no answer", addresses=("fd00::7",)),
    ],
)
def test_a_private_name_that_is_not_reached_is_undetermined(one: HostSeen) -> None:
    """Nobody is blamed for a VPN that is not connected."""
    said = list(judge_host(one, ("page",), now=NOW))

    assert [] == [found for found in said if isinstance(found, Found)]
    assert [one.host] == [unseen.subject for unseen in said if isinstance(unseen, Undetermined)]


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (host(failure="name", detail="no such name"), "net.dns_failed"),
        (host(failure="silent", detail="no answer", addresses=("203.0.113.7", "8.8.8.8")), None),
        (host(failure="silent", detail="no answer", addresses=("8.8.8.8",)), "net.connect_failed"),
        (host(failure="refused", detail="refused", addresses=("10.1.2.3",)), "net.connect_failed"),
    ],
)
def test_a_public_name_that_is_not_reached_is_found(one: HostSeen, code: str | None) -> None:
    """So is a private one whose machine refuses: there is a way to it."""
    assert ([code] if code else []) == [said.code for said in found(one)]


def test_a_machine_without_name_servers_blames_nobody() -> None:
    """Where none says anything about any host, this machine is what is offline."""
    silent, known = host(failure="name server", detail="no answer"), host("b.example", addresses=("8.8.8.8",))
    mapped = host("c.example", route="map", addresses=("127.0.0.1",))

    assert [True, False, False] == [
        is_offline(seen) for seen in ((silent, mapped), (silent, known), (mapped,))
    ]
    said = list(judge_host(silent, ("page",), now=NOW, offline=True))
    assert [Line, Undetermined] == [type(one) for one in said]
    assert ["net.dns_failed"] == [one.code for one in found(silent)]


def test_another_port_is_warned_of() -> None:
    """Firewalls between the platform and a brand let 443 through as a rule."""
    assert ["config.port_unusual"] == [said.code for said in found(host(port=8443, version="TLSv1.3"))]


def test_private_addresses_are_told_once_for_all() -> None:
    """Reachable from here does not prove reachable from the platform."""
    hosts = (
        host("a.example", addresses=("8.8.8.8",)),
        host("b.example", addresses=("10.0.0.1",)),
        host("c.example", addresses=("127.0.0.1",), route="map"),
        host("d.example", route="proxy"),
    )

    (said,) = (one for one in judge_privacy(hosts) if isinstance(one, Found))
    assert ("net.address_private", "info") == (said.code, said.severity)
    assert said.observed.startswith("b.example, c.example at")
