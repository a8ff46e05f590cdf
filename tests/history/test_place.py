"""Where runs are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from harness import config_file
from harness.config import History
from harness.errors import ConfigError, UsageError
from harness.history import place_of


def test_by_default_it_is_a_file_of_the_state_folder(tmp_path: Path) -> None:
    """Nobody has to configure anything."""
    place = place_of(History(), {"XDG_STATE_HOME": str(tmp_path)})

    assert place is not None
    assert tmp_path / "consumer-auth-harness" / "runs.db" == place.file


def test_the_variable_counts_more_than_the_file(tmp_path: Path) -> None:
    """And the command line most."""
    configured = History(path=SecretStr(str(tmp_path / "configured.db")))
    variable = {"HARNESS_HISTORY": str(tmp_path / "variable.db")}
    found = (
        place_of(configured, {}),
        place_of(configured, variable),
        place_of(configured, variable, named=str(tmp_path / "named.db")),
    )

    assert ["configured.db", "variable.db", "named.db"] == [
        one.file.name for one in found if one and one.file
    ]


@pytest.mark.parametrize("word", ["", "off", "OFF"])
def test_nothing_is_kept_where_that_is_said(word: str) -> None:
    """By the variable, or by keep = 0 in the file."""
    assert place_of(History(), {"HARNESS_HISTORY": word}) is None
    assert place_of(History(keep=0), {}) is None


def test_a_password_is_never_shown() -> None:
    """Neither in a sentence nor in a representation."""
    place = place_of(named="postgresql://ci:hunter22@db.example/runs?sslpassword=hunter22")

    assert place is not None
    assert "hunter22" not in f"{place.shown} {place!r}"
    assert "postgresql://ci:***@db.example/runs" == place.shown
    assert "hunter22" in place.url.render_as_string(hide_password=False)


@pytest.mark.parametrize(
    "rest",
    [
        "ci:hunter@22@db.example/runs",
        "ci:hunter@22/x@db.example/runs",
        "ci:hunter@22?x@db.example/runs",
        "ci:hunter@22#x@db.example/runs",
        "ci:@22@db.example/runs",
        "ci@acme:hunter@22@db.example/runs",
        "db.example?user=ci&password=hunter@22",
        "db.example:5432/runs?user=ci&password=hunter@22",
    ],
)
def test_a_password_with_an_at_is_refused(rest: str) -> None:
    """The rest of it would be the host; what is to be written instead is said, and nothing of it repeated."""
    with pytest.raises(UsageError) as caught:
        place_of(named=f"postgresql://{rest}")

    assert (
        "--history is no URL of a database: an @ in a password is written %40; it takes a file, "
        "postgresql://user:password@host/database, or off"
    ) == str(caught.value)


@pytest.mark.parametrize(
    "rest",
    [
        "ci:hunter%4022@db.example/runs",
        "ci@acme:hunter%4022@db.example/runs",
        "db.example/runs?user=ci&password=hunter@22",
        "ci:hunter%4022@db.example:5432/runs?sslmode=require",
    ],
)
def test_an_at_that_cannot_be_mistaken_is_taken(rest: str) -> None:
    """Written as a URL has it, in a user's name, or behind the question mark."""
    place = place_of(named=f"postgresql://{rest}")

    assert place is not None
    assert "db.example" == place.url.host
    assert "22" not in place.shown
    assert "hunter@22" == (place.url.password or place.url.query["password"])


@pytest.mark.parametrize("named", ["mysql://x/y", "://", "http://db.example/", "sqlite://"])
def test_what_is_no_place_is_told(named: str) -> None:
    """With what is allowed."""
    with pytest.raises(UsageError, match="it takes a file, postgresql://"):
        place_of(named=named)


def test_the_configuration_file_names_a_file_beside_itself(tmp_path: Path) -> None:
    """However it is reached."""
    path = tmp_path / "brand.toml"
    path.write_text('[history]\npath = "kept/runs.db"\nkeep = 20\n', "utf-8")
    history = config_file.read(path).history

    assert history.path is not None
    assert (str(tmp_path / "kept" / "runs.db"), 20) == (history.path.get_secret_value(), history.keep)


def test_a_url_with_a_password_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file itself holds no secret."""
    monkeypatch.setenv("RUNS", "postgresql://ci:hunter22@db.example/runs")
    path = tmp_path / "brand.toml"
    path.write_text('[history]\npath = { env = "RUNS" }\n', "utf-8")
    assert "hunter22" not in repr(config_file.read(path))

    path.write_text('[history]\npath = "postgresql://ci:hunter22@db.example/runs"\n', "utf-8")
    with pytest.raises(ConfigError, match=r"brand\.toml:2: path is a URL with a user") as caught:
        config_file.read(path)
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("keep = -1", "keep is -1"),
        ('keep = "many"', "keep is 'many'"),
        ("path = 7", "path is 7"),
        ("days = 3", "unknown key 'days' in [history]; allowed are path, keep"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence(text: str, told: str, tmp_path: Path) -> None:
    """With file and line."""
    path = tmp_path / "brand.toml"
    path.write_text(f"[history]\n{text}\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        config_file.read(path)

    assert told in str(caught.value)
    assert "brand.toml:2" in str(caught.value)
