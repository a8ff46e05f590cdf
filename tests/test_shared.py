"""The secrets of one server: written by one process, they are the same in another."""

from __future__ import annotations

import json

from harness.config import Config
from harness.protocol.sealing import Sealer
from harness.shared import Shared

CONFIG = Config()


def test_another_process_reads_the_same_secrets() -> None:
    """Every key with what belongs to it, after a way through JSON."""
    own = Shared.fresh(CONFIG)
    read = Shared.read(json.loads(json.dumps(own.written())))

    assert own.written() == read.written()
    assert ["https://login.brand.test", "https://idp.test"] == list(read.signing)
    assert [key.kid for key in own.signing.values()] == [key.kid for key in read.signing.values()]
    assert own.encryption["current"].kid == read.encryption["current"].kid
    sealed = Sealer(own.sealing_key).seal("verifier", call="1")
    assert "verifier" == Sealer(read.sealing_key).unseal(sealed, call="1")


def test_every_server_has_its_own() -> None:
    """Nothing of one is good at another."""
    one, other = (Shared.fresh(CONFIG).written() for _ in range(2))

    assert not [name for name in one if one[name] == other[name]]


def test_they_are_not_shown() -> None:
    """Not even by mistake, as in a traceback."""
    own = Shared.fresh(CONFIG)

    assert "Shared()" == repr(own)
