"""What the command serves in several processes, and what it knows of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness import tls
from harness.config import Config
from harness.held import Held
from harness.net import NameMap
from harness.roles.seams import Seams
from harness.server import doors, hosts
from harness.shared import Shared
from harness.workers.connections import connections_of_each
from harness.workers.supervisor import Supervisor
from harness.workers.work import Handed


@dataclass(frozen=True, kw_only=True)
class Workers:
    """A server in several processes, as the one that supervises them knows it.

    Attributes:
        config: What they serve.
        names: Host names and the sockets behind them.
        proxy_url: The proxy that browsers are given.
        tls: Certificates and pins.
        agent_key: What opens the agent's workspace.
        seams: Of several processes none has a fault, so that nothing is put in here.
    """

    config: Config
    names: NameMap
    proxy_url: str
    tls: tls.RunTls
    agent_key: str = field(repr=False)
    seams: Held[Seams] = field(default_factory=lambda: Held(Seams()))
    _supervisor: Supervisor = field(repr=False)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that answer at the moment, in the order of their numbers."""
        return self._supervisor.pids

    def answering(self) -> None:
        """Wait until all of them answer.

        Raises:
            HarnessBroken: When one of them could not begin to.
        """
        self._supervisor.answering()

    def wait(self) -> None:
        """Wait as long as there are workers.

        Raises:
            HarnessBroken: When one of them could not even begin to answer.
        """
        self._supervisor.wait()


@contextlib.contextmanager
def several(
    config: Config,
    *,
    workers: int,
    folder: Path,
    port: int = 0,
    proxy_port: int = 0,
    say: Callable[[str], None],
) -> Iterator[Workers]:
    """Serve every role of ``config`` on loopback in several processes until the block ends.

    Args:
        config: What to serve; its database is PostgreSQL, which tells each process what another changes.
        workers: How many processes.
        folder: A private folder.
        port: The port to bind, 0 for any.
        proxy_port: The port of the proxy for browsers, 0 for any.
        say: Is told, in a sentence, what becomes of a worker; from another thread.

    Raises:
        UsageError: When a port is in use, or the database cannot be used.
    """
    assert config.database is not None, "several processes share a database"
    connections = connections_of_each(config.database, workers)
    shared, papers = Shared.fresh(config), tls.draw(*hosts(config))
    with doors(port, proxy_port) as bound:
        handed = Handed(
            worker=0,
            config=config,
            folder=folder,
            doors=bound,
            papers=papers,
            shared=shared.written(),
            connections=connections,
        )
        with Supervisor(handed, workers, say) as supervisor:
            address: tuple[str, int] = bound.secure.getsockname()
            addresses = dict.fromkeys(hosts(config), address)
            yield Workers(
                config=config,
                names=NameMap(addresses, plain=bound.plain.getsockname()),
                proxy_url=bound.proxy_url,
                tls=tls.use(papers),
                agent_key=shared.agent_key,
                _supervisor=supervisor,
            )
