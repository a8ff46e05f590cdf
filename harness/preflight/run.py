"""The order of a preflight: hosts first, then everything else at once, then the judgement."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from typing import Any

from harness import redact
from harness.checks.found import Found
from harness.clock import Clock, SystemClock
from harness.config import Config
from harness.last_gate import sealed_report
from harness.preflight.addresses import Address, address_of
from harness.preflight.asking import Asker
from harness.preflight.discovery import DiscoverySeen
from harness.preflight.endpoints import Endpoint, Surfaces, endpoints_of
from harness.preflight.hosts import HostSeen, look_at
from harness.preflight.model import Line, Preflight
from harness.preflight.network import is_offline, judge_host, judge_privacy
from harness.preflight.probes import Probe, judge_configured, probes_of
from harness.preflight.said import Part, Said
from harness.preflight.skew import judge_clocks
from harness.preflight.summary import summarise
from harness.preflight.ways import Ways

AT_ONCE = 12
Heard = Callable[[str], None]
"""Hears of each thing that is done, by its name."""


def preflight(
    config: Config,
    ways: Ways | None = None,
    *,
    clock: Clock | None = None,
    progress: Heard = lambda _: None,
    browser: Callable[[], Iterable[Part]] = tuple,
) -> Preflight:
    """Find out all that can be known about a brand without a login, as a server client sees it.

    Only endpoints that the configuration names are contacted, and credentials go to the token endpoint
    alone. Of each client one invented code is exchanged, of each authorization endpoint one request with an
    unregistered redirect URI is sent; the result lists every request.

    Args:
        config: The configuration; the sample brand's needs ``ways`` to its running servers.
        ways: How hosts are reached; past any server of ours when left out.
        clock: This machine's clock.
        progress: Hears of each thing that is done.
        browser: The second stage: what a browser sees, asked where nothing is wrong so far.
    """
    began, clock = time.monotonic(), clock or SystemClock()
    ways = ways or Ways.outward(config)
    endpoints = endpoints_of(config)
    hosts = _hosts(config, ways, endpoints, progress)
    up = {address for address, seen in hosts.items() if seen.failure is None}
    with Asker(ways, config.deadlines, clock, up=up) as asker:
        probes = probes_of(config)
        answers = _answers(asker, probes, progress)
        parts = [
            *_of_hosts(config, endpoints, hosts, now=clock.now()),
            *(Part(surfaces=surfaces, said=said) for surfaces, said in judge_configured(config)),
            *_of_probes(probes, answers),
            Part(surfaces=frozenset(), said=tuple(judge_clocks(asker.heard))),
        ]
        sent = tuple(asker.sent)
    result = summarise(config, parts, sent=sent, seconds=time.monotonic() - began)
    if result.outcome is not False and (seen := tuple(browser())):
        result = summarise(config, (*parts, *seen), sent=sent, seconds=time.monotonic() - began)
    return _sealed(config, result)


def _sealed(config: Config, result: Preflight) -> Preflight:
    """Take every configured secret out of what servers said: the last gate."""
    given = (one.client_secret for one in config.connectors)
    secrets = [one.get_secret_value() for one in given if one is not None]
    return Preflight.model_validate(sealed_report(result.model_dump(), redact.Redactor(secrets)))


def _hosts(
    config: Config, ways: Ways, endpoints: Iterable[Endpoint], progress: Heard
) -> Mapping[Address, HostSeen]:
    """Look at every host at once."""
    addresses = list(dict.fromkeys(one.address for one in endpoints))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = {
            pool.submit(look_at, ways, host, port, connect=config.deadlines.connect): (host, port)
            for host, port in addresses
        }
        for done in as_completed(futures):
            progress(futures[done][0])
        return {address: future.result() for future, address in futures.items()}


def _answers(asker: Asker, probes: tuple[Probe, ...], progress: Heard) -> Mapping[int, Any]:
    """Ask everything whose host is reached at once; return the answers by the probe's number."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = {
            pool.submit(probe.ask, asker): number
            for number, probe in enumerate(probes)
            if not probe.url or asker.may(probe.url)
        }
        for done in as_completed(futures):
            progress(probes[futures[done]].subject)
        return {number: future.result() for future, number in futures.items()}


def _of_hosts(
    config: Config, endpoints: tuple[Endpoint, ...], hosts: Mapping[Address, HostSeen], *, now: float
) -> Iterator[Part]:
    offline = is_offline(hosts.values())
    for address, seen in hosts.items():
        here = [one for one in endpoints if one.address == address]
        surfaces: Surfaces = frozenset().union(*(one.surfaces for one in here))
        names = tuple(dict.fromkeys(one.name for one in here))
        said = tuple(judge_host(seen, names, now=now, offline=offline and seen.route == "name server"))
        yield Part(surfaces=surfaces, said=said if surfaces else tuple(_lighter(one) for one in said))
    if config.brand is not None:
        yield Part(surfaces=frozenset(), said=tuple(judge_privacy(tuple(hosts.values()))))


def _lighter(said: Said) -> Said:
    """Take the weight off what is found at a host that nobody has to reach: an issuer may be a mere name."""
    if isinstance(said, Found) and said.severity == "error":
        return replace(said, severity="warning")
    if isinstance(said, Line) and said.mark == "no":
        return said.model_copy(update={"mark": "warning"})
    return said


def _of_probes(probes: tuple[Probe, ...], answers: Mapping[int, Any]) -> Iterator[Part]:
    documents = {
        seen.connector.issuer: seen.document
        for seen in answers.values()
        if isinstance(seen, DiscoverySeen) and seen.document is not None
    }
    for number, probe in enumerate(probes):
        for surfaces, judge in probe.judges if number in answers else ():
            said = tuple(judge(answers[number], documents))
            yield Part(surfaces=surfaces, said=said, label=probe.label)
        if number not in answers:
            host = address_of(probe.url)[0]
            line = Line(subject=probe.subject, mark="unknown", said=f"not asked: {host} is not reached")
            yield Part(surfaces=frozenset(), said=(line,), label=probe.label)
