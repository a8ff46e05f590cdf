"""What of a run is kept, and under which name it is compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from harness import config_file
from harness.config import Config, Connector
from harness.history.keep import series_of
from harness.report.model import ProbeResult, ProbeSent, Readiness
from tests.history.made import EMBEDDED, SUBJECT, refused, run, undetermined
from tests.made import result, told

CONNECTOR = Connector(
    id="code",
    flow="code",
    issuer="https://login.brand.test",
    client_id="platform-code",
    client_secret=SecretStr("open-sesame"),
    jwks_uri="https://login.brand.test/jwks",
)
CONFIG = Config(connectors=(CONNECTOR,))


def test_a_secret_that_somebody_said_is_not_kept() -> None:
    """Wherever in the report it stands: the last gate before the disk."""
    sent = ProbeSent(what="a code", method="POST", url="https://x/?s=open-sesame", answered="open-sesame")
    said = {
        "preflight": (told("token.invalid_client", observed="secret 'open-sesame' is wrong"),),
        "unseen": ("page: the server said open-sesame",),
        "learned": "open-sesame tells good from bad",
        "probes": (ProbeResult(name="code-reuse", connector="code", what="a code", sent=(sent,)),),
        "readiness": (Readiness(surface="embedded", ready=False, sentence="open-sesame"),),
    }
    case = result(EMBEDDED, told("claims.expired", expected="open-sesame", fix="remove open-sesame"))
    kept = run(
        case,
        config=CONFIG,
        said=said,
        command="harness check --connect 'ws://grid/?token=aVeryLong7okenOfTheGrid'",
    ).as_json()

    assert "open-sesame" not in kept
    assert "aVeryLong7okenOfTheGrid" not in kept
    assert "secret '…' is wrong" in json.loads(kept)["report"]["preflight"][0]["observed"]


def test_a_secret_that_is_a_word_of_ours_spoils_no_report() -> None:
    """Words of the harness stay, only what somebody else said is searched."""
    unlucky = CONNECTOR.model_copy(update={"client_secret": SecretStr("embedded")})
    case = result(EMBEDDED, told("claims.expired", observed="an embedded one"))
    kept = run(case, config=Config(connectors=(unlucky,)))

    assert "embedded" == kept.report.cases[0].surface
    assert "an … one" == kept.report.cases[0].findings[0].observed


def test_a_run_is_called_by_what_it_came_to() -> None:
    """As its exit code says it."""
    unready = {"readiness": (Readiness(surface="popup", ready=False, sentence="popup: not ready"),)}
    kept = (
        run(),
        run(refused(EMBEDDED)),
        run(undetermined(EMBEDDED)),
        run(said=unready),
        run(said={"cases": ()}),
    )

    assert ["passed", "failed", "undetermined", "failed", "nothing ran"] == [one.verdict for one in kept]


def test_a_series_is_the_subject_and_how_it_is_narrowed() -> None:
    """In whatever order the options are written."""
    config = Config()
    plain = series_of(config, SUBJECT, ())
    popup = series_of(config, SUBJECT, ("--surface popup", "--flow code"))

    assert popup == series_of(config, SUBJECT, ("--flow code", "--surface popup"))
    assert 3 == len({plain, popup, series_of(config, "brand.toml", ())})
    assert plain.startswith("sample-brand-")


def test_what_a_file_changes_stays_in_its_series(brand_file: Path) -> None:
    """Another flow, another secret or a smaller matrix is what a comparison is to show."""
    config = config_file.read(brand_file, unset=("login",))
    connector = config.connectors[0].model_copy(update={"client_id": "other", "callback_deadline": 5.0})
    changed = config.model_copy(update={"connectors": (connector,), "mode": "compat"})
    assert config.brand is not None
    page = config.brand.model_copy(update={"page": "https://staging.acme.example/"})

    assert series_of(config, "brand.toml", ()) == series_of(changed, "brand.toml", ())
    assert series_of(config, "brand.toml", ()) != series_of(
        config.model_copy(update={"brand": page}), "brand.toml", ()
    )


def test_a_secret_is_no_part_of_a_series() -> None:
    """Nobody can try secrets against its name."""
    other = CONNECTOR.model_copy(update={"client_secret": SecretStr("another")})

    assert series_of(CONFIG, SUBJECT, ()) == series_of(Config(connectors=(other,)), SUBJECT, ())


@pytest.mark.parametrize("member", ["report", "checks", "seen", "command", "engines", "verdict", "series"])
def test_a_run_as_json_says_all_of_it(member: str) -> None:
    """The report in it has the field names that are fixed."""
    values = json.loads(run().as_json())

    assert member in values
    assert 1 == values["report"]["schema"]


def test_what_people_type_is_not_kept(brand_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that a page has shown is nobody's to read later."""
    monkeypatch.setenv("NOT_SET_ANYWHERE", "correct horse")
    case = result(EMBEDDED, told("harness.step_failed", observed="the page says: correct horse is wrong"))
    kept = run(case, config=config_file.read(brand_file), subject="brand.toml", preflight=True)

    assert "correct horse" not in kept.as_json()
    assert "the page says: … is wrong" == kept.report.cases[0].findings[0].observed
