"""A process for test_admission.py: ``python dying.py URL NOW``.

It lets a child take a consumer in and be killed just before its first word to the database, another one
before its second word, and so on until one has come through. For each it writes a line: the word, and what
is there.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
from typing import Any

from sqlalchemy import Engine, create_engine, event, func, select

from harness.clock import ManualClock
from harness.config import Config
from harness.protocol.page_method import Credential
from harness.protocol.sealing import Sealer
from harness.store import Store
from harness.store.sealed import unsealed
from harness.store.tables import engagements, profiles, seen, sessions, transactions
from harness.verification.admission import Admission
from harness.verification.decision import Decision, Engagement
from harness.verification.exchange import TokenResponse
from harness.verification.pipeline import Examined
from harness.verification.renewal import Renewals
from harness.verification.verifier import Handed


def admit(url: str, clock: ManualClock, window: str, last: int) -> None:
    """Take alice in, or die."""
    config = Config()
    connector = config.connector("code").model_copy(update={"delegation": True})
    claims = {"iss": connector.issuer, "sub": "alice", "exp": clock.now() + 300, "jti": "one"}
    engagement = Engagement(surface="embedded", connector=connector, mode="strict")
    answer = TokenResponse(id_token="a token", refresh_token="a refresh token")
    handed = Handed(given=Credential(value="a code"), verifier=None, session=window, exchanged=[answer])
    examined = Examined(claims=claims, signing_input=b"a token", text="a token")
    with Store(url, clock) as store:
        die_at(last)
        admission = Admission(config, store, clock, Renewals(config, store, Sealer()))
        assert admission.admit(Decision(engagement, "flow-1"), handed, examined, {"sub": "alice"})


def die_at(last: int) -> None:
    """Have this process killed before one of its statements or commits."""
    words = itertools.count()

    def word(name: str) -> None:
        if next(words) == last:
            os.write(sys.stdout.fileno(), name.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(Engine, "before_cursor_execute")
    def statement(*arguments: Any) -> None:
        word(" ".join(arguments[2].split()[:3]))

    @event.listens_for(Engine, "commit")
    def commit(_: Any) -> None:
        word("COMMIT")


def left(url: str, window: str) -> dict[str, Any]:
    """Return what is there of an admission, in the tables and in the window's session."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (seen, profiles, engagements, transactions)
        ]
        kept = connection.execute(select(sessions.c.data)).scalar_one()
    engine.dispose()
    return {"rows": rows, "window": sorted(unsealed(window, kept))}


def main(url: str, now: str) -> None:
    """Kill children at every point, one after the other."""
    clock = ManualClock(float(now))
    with Store(url, clock) as store:
        window = store.sessions.open("window", {}, seconds=600)
    for last in itertools.count():
        child = os.fork()
        if child == 0:
            admit(url, clock, window, last)
            os._exit(0)
        os.waitpid(child, 0)
        found = left(url, window)
        os.write(sys.stdout.fileno(), f"\t{json.dumps(found)}\n".encode())
        if found["window"]:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
