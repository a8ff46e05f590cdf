"""The programs that stand in for a browser: they prepare the profile and pass everything else on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness import tls
from harness.browser import nss, wrappers
from harness.browser.settings import PARTITIONING, Settings, settings
from harness.errors import EngineUnavailable, HarnessBroken

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="they are shell programs; Windows uses none")

DISABLED = f"--disable-features=MediaRouter,{PARTITIONING},Translate"


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """Give a browser with an awkward name that prints its arguments, one per line."""
    path = tmp_path / "it's a browser"
    path.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', "utf-8")
    path.chmod(0o700)
    return path


def run(text: str, *arguments: str) -> list[str]:
    """Run a wrapper and return the arguments that the browser got."""
    done = subprocess.run(
        ["/bin/sh", "-c", text, "sh", *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize(("policy", "mode"), [("chrome-today", 0), ("third-party-blocked", 1)])
def test_chromium_gets_the_cookie_preference_in_a_fresh_profile(
    policy: str, mode: int, browser: Path, tmp_path: Path
) -> None:
    """The file is where Chromium reads it before it starts."""
    run(wrappers.chromium(browser, settings("chromium", policy)), f"--user-data-dir={tmp_path / 'p r'}")

    written = json.loads((tmp_path / "p r" / "Default" / "Preferences").read_text("utf-8"))
    assert {"profile": {"cookie_controls_mode": mode}} == written


def test_a_profile_that_has_preferences_keeps_them(browser: Path, tmp_path: Path) -> None:
    """Only a fresh profile is seeded."""
    preferences = tmp_path / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text("{}", "utf-8")
    run(wrappers.chromium(browser, settings("chromium", "chrome-today")), f"--user-data-dir={tmp_path}")

    assert "{}" == preferences.read_text("utf-8")


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        (DISABLED, "--disable-features=MediaRouter,Translate"),
        (f"--disable-features={PARTITIONING},Translate", "--disable-features=Translate"),
        (f"--disable-features=Translate,{PARTITIONING}", "--disable-features=Translate"),
        (f"--disable-features={PARTITIONING}", "--disable-features="),
    ],
)
def test_a_kept_feature_leaves_the_list_of_those_switched_off(given: str, passed: str, browser: Path) -> None:
    """Wherever it stands; every other argument arrives as it was, blanks and all."""
    text = wrappers.chromium(browser, Settings(kept_features=(PARTITIONING,)))

    assert [passed, "--a b", "about:blank"] == run(text, given, "--a b", "about:blank")


def test_without_kept_features_the_list_stays(browser: Path) -> None:
    """The comparison policy runs as Playwright has it, but for what no page can see."""
    assert [DISABLED] == run(wrappers.chromium(browser, Settings()), DISABLED)
    assert () == settings("chromium", "unpartitioned").kept_features


def test_a_lost_feature_joins_the_list_of_those_switched_off(browser: Path) -> None:
    """Under every policy the documents of Chromium's own address bar are among them."""
    for policy in ("chrome-today", "unpartitioned"):
        (passed,) = run(wrappers.chromium(browser, settings("chromium", policy)), DISABLED)

        assert passed.endswith(",Translate,WebUIOmniboxPopup,WebUIOmniboxAimPopup")


@pytest.mark.parametrize("option", ["--profile", "-profile"])
def test_firefox_gets_the_certificate_store_in_its_profile(
    option: str, browser: Path, tmp_path: Path
) -> None:
    """Stock Firefox and Playwright's spell the option differently."""
    store, profile = tmp_path / "s t", tmp_path / "profile"
    for folder in (store, profile):
        folder.mkdir()
    for name in nss.FILES:
        (store / name).write_text(name, "utf-8")

    passed = run(wrappers.firefox(browser, store), "--headless", option, str(profile), "--foreground")

    assert ["--headless", option, str(profile), "--foreground"] == passed
    assert {*nss.FILES} == {path.name for path in profile.iterdir()}


def test_the_store_of_a_run_trusts_its_authority_and_is_made_once(tmp_path: Path) -> None:
    """Certutil itself lists the authority as one for servers."""
    try:
        tool = nss.certutil()
    except EngineUnavailable as error:
        pytest.skip(str(error))
    authority = tls.make("www.brand.test").ca_pem
    store = nss.store(tmp_path, authority)

    assert store == nss.store(tmp_path, authority)
    listed = subprocess.run([tool, "-L", "-d", f"sql:{store}"], capture_output=True, text=True, check=True)
    assert ["authority", "1", "C,,"] == listed.stdout.split()[-3:]
    assert {*nss.FILES} <= {path.name for path in store.iterdir()}


def test_a_home_trusts_each_authority_of_a_file_and_is_made_once(tmp_path: Path) -> None:
    """A company's file may hold several; Chromium looks for its store below its home."""
    try:
        tool = nss.certutil()
    except EngineUnavailable as error:
        pytest.skip(str(error))
    own, corporate, older = (tls.make(f"{name}.example").ca_pem for name in ("a", "b", "c"))
    home = nss.home(tmp_path, own, corporate + older)

    assert home == nss.home(tmp_path, own)
    store = home / ".pki" / "nssdb"
    listed = subprocess.run([tool, "-L", "-d", f"sql:{store}"], capture_output=True, text=True, check=True)
    assert 3 == listed.stdout.count("C,,")
    assert nss.store(tmp_path, own).parent == home.parent, "Firefox's store is another one"


def test_chromium_gets_a_home_of_its_own_where_there_is_one(tmp_path: Path) -> None:
    """Else it keeps the user's; arguments arrive as they were, whatever the folder is called."""
    browser, home = tmp_path / "browser", tmp_path / "it's a home"
    browser.write_text('#!/bin/sh\nprintf "%s\\n" "$HOME" "$@"\n', "utf-8")
    browser.chmod(0o700)

    assert [str(home), "--a b"] == run(wrappers.chromium(browser, Settings(), home), "--a b")
    assert [os.environ["HOME"], "--a b"] == run(wrappers.chromium(browser, Settings()), "--a b")


def test_a_failing_certutil_breaks_the_harness_not_the_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it said is in the sentence."""
    (tmp_path / "certutil").write_text("#!/bin/sh\necho no space left >&2\nexit 255\n", "utf-8")
    (tmp_path / "certutil").chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(HarnessBroken, match="certutil -N failed: no space left"):
        nss.store(tmp_path, b"")
