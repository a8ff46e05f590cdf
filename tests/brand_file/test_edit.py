"""A brand's file is changed where it has to be, and every other line stays."""

from __future__ import annotations

import difflib
import tomllib

import pytest

from harness.brand_file import edit
from harness.brand_file.edit import Wanted
from harness.errors import UsageError

FILE = """\
# Ours.
rules = "2026.1"   # pinned

[brand]
page = "https://www.acme.example/"
before = [
  { click = "[network]" },   # not a header
]

[[login]]                    # how
account = "alice"            # the first
steps = [ { click = "Old" } ]
# after the steps

[[login]]
on = "authorize"
steps = [
  { fill = "Password", env = "ACME_PASSWORD" },   # his
  { click = "Old" },
]

# Where.
[network]
map = { "www.acme.example" = "127.0.0.1:8443" }
allow = [
  "cdn.acme.example"   # scripts
]

[matrix]
engines = ["chromium"]
"""
STEPS = ({"fill": "User", "value": 'al"ice'}, {"fill": "Password", "env": "ALICE_PASSWORD"})
WRITTEN = [
    "steps = [",
    '  { fill = "User", value = "al\\"ice" },',
    '  { fill = "Password", env = "ALICE_PASSWORD" },',
    "]",
]
SCRIPT = Wanted(host="id.acme.example", why="document, for www.acme.example", needed=True)
FONT = Wanted(host="fonts.example", why="font, for www.acme.example", needed=False)


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that went and those that came."""
    lines = [one for one in difflib.ndiff(before.splitlines(), after.splitlines()) if one[0] in "-+"]
    return [one[2:] for one in lines if one[0] == "-"], [one[2:] for one in lines if one[0] == "+"]


@pytest.mark.parametrize(
    ("on", "gone"),
    [
        ("page", ['steps = [ { click = "Old" } ]']),
        ("authorize", ['  { fill = "Password", env = "ACME_PASSWORD" },   # his', '  { click = "Old" },']),
    ],
)
def test_the_steps_of_a_login_are_replaced(on: str, gone: list[str]) -> None:
    """Those of that account in that place; every other line and comment stays."""
    after = edit.login(FILE, account="alice", on=on, steps=STEPS)
    went, came = changed(FILE, after)

    assert gone == went
    assert set(came) <= set(WRITTEN)
    assert list(STEPS) == next(
        one["steps"] for one in tomllib.loads(after)["login"] if one.get("on", "page") == on
    )


def test_another_account_comes_after_the_last_one() -> None:
    """Nothing goes."""
    went, came = changed(FILE, edit.login(FILE, account="bob", on="page", steps=STEPS))

    assert [] == went
    assert sorted(["", "[[login]]", 'on = "page"', 'account = "bob"', *WRITTEN]) == sorted(came)


@pytest.mark.parametrize("text", ["", "[brand]\npage = 'https://www.acme.example/'", "# only\n"])
def test_a_file_without_a_login_gets_one(text: str) -> None:
    """At its end."""
    after = edit.login(text, account="alice", on="page", steps=STEPS)

    assert after.startswith(text)
    assert [{"on": "page", "account": "alice", "steps": list(STEPS)}] == tomllib.loads(after)["login"]


def test_the_variables_of_a_login_are_known() -> None:
    """By the field that they fill."""
    assert {"Password": "ACME_PASSWORD"} == edit.variables(FILE, account="alice", on="authorize")
    assert {} == edit.variables(FILE, account="bob", on="page")


def test_hosts_are_added_with_what_asked_for_them() -> None:
    """Those that are not needed as comments; what was there stays, and gets its comma."""
    went, came = changed(FILE, edit.allow(FILE, (SCRIPT, FONT)))

    assert ['  "cdn.acme.example"   # scripts'] == went
    assert [
        '  "cdn.acme.example",   # scripts',
        '  "id.acme.example",  # document, for www.acme.example',
        '  # "fonts.example",  # font, for www.acme.example',
    ] == came


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[network]\n",
        '[network]   # hosts\nca = "ca.pem"\n',
        '[network]\nallow = []   # "cdn.example" and others\n',
        '[network]\nallow = ["a.example", "b.example"]\n',
        '[network]\nallow = [\n  "a.example",\n  # "fonts.example", # seen\n]\n[probes]\nenabled = false\n',
        '[network]\nallow = ["a.example",\n  "b.example"] # two\n',
    ],
)
def test_hosts_are_added_however_the_list_is_written(text: str) -> None:
    """Once: nothing changes when they are there."""
    after = edit.allow(text, (SCRIPT, FONT))
    before = tomllib.loads(text).get("network", {}).get("allow", [])

    assert [*before, "id.acme.example"] == tomllib.loads(after)["network"]["allow"]
    assert after == edit.allow(after, (SCRIPT, FONT))
    assert 1 == after.count("fonts.example")


def test_nothing_is_added_where_nothing_was_asked_for() -> None:
    """Not even a line end."""
    assert FILE == edit.allow(FILE, ())


@pytest.mark.parametrize(
    "text",
    [
        'login = [ { account = "alice", steps = [ { click = "Old" } ] } ]\n',
        '[login]\naccount = "bob"\nsteps = [ { click = "Old" } ]\n',
        '[[login]]\n"account" = "alice"\n"steps" = [ { click = "Old" } ]\n',
    ],
)
def test_a_file_that_is_written_otherwise_is_left_alone(text: str) -> None:
    """One sentence says how to write it."""
    with pytest.raises(UsageError, match="the file is written in a way that is not changed here"):
        edit.login(text, account="alice", on="page", steps=STEPS)


def test_a_network_that_is_written_otherwise_is_left_alone() -> None:
    """The same sentence."""
    with pytest.raises(UsageError, match="is not changed here"):
        edit.allow('network = { ca = "ca.pem" }\n', (SCRIPT,))


def test_one_value_is_changed_with_its_comment_kept() -> None:
    """Every other line stays; a value of several lines becomes the new one, a new key comes last."""
    pinned = edit.put(FILE, "", "rules", '"2027.1"')
    page = edit.put(FILE, "brand", "page", '"https://x.example/"')
    before = edit.put(FILE, "brand", "before", None)
    launcher = edit.put(FILE, "brand", "launcher", '"harness"')

    assert FILE.replace('"2026.1"', '"2027.1"') == pinned
    assert FILE.replace("https://www.acme.example/", "https://x.example/") == page
    assert "before" not in tomllib.loads(before)["brand"]
    assert ([], ['launcher = "harness"']) == changed(FILE, launcher)


def test_a_table_and_a_key_of_several_are_added_and_taken_out() -> None:
    """By their number; an example in a comment gives its place to the key."""
    added = edit.put(FILE, "login", "account", '"carol"', index=2)
    gone = edit.without_table(added, "login", 1)
    example = f'{FILE}\n[platform]\n# tag = "https://t.example"   # as it was\n'
    platform = edit.put(example, "platform", "tag", '"x"')

    assert ["alice", None, "carol"] == [one.get("account") for one in tomllib.loads(added)["login"]]
    assert ["alice", "carol"] == [one.get("account") for one in tomllib.loads(gone)["login"]]
    assert platform.endswith('[platform]\ntag = "x"\n')


def test_a_key_that_is_written_in_another_way_is_refused() -> None:
    """The sentence says how the file can be written."""
    with pytest.raises(UsageError, match=r"writes page in \[brand\] in a way that is not changed here"):
        edit.put('brand = { page = "a" }\n', "brand", "page", '"b"')
