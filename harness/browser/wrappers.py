"""Small shell programs that stand in for a browser: they prepare its fresh profile and start it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.browser import nss
from harness.browser.settings import Preference, Settings

_CHROMIUM = """\
#!/bin/sh
# Seeds the preferences of a fresh profile, and changes which features Playwright switches off.
for argument do
  shift
  case "$argument" in
    --user-data-dir=*)
      profile="${{argument#--user-data-dir=}}/Default"
      mkdir -p "$profile"
      [ -e "$profile/Preferences" ] || printf '%s' {preferences} > "$profile/Preferences" ;;
    --disable-features=*)
      argument=$(printf '%s' "$argument" | sed {edited}) ;;
  esac
  set -- "$@" "$argument"
done
{home}exec {executable} "$@"
"""

_FIREFOX = """\
#!/bin/sh
# Gives a fresh profile the certificate store that trusts the run's authority.
previous=
for argument do
  case "$previous" in
    -profile | --profile) cp {files} "$argument" || exit 1 ;;
  esac
  previous=$argument
done
exec {executable} "$@"
"""


def chromium(executable: Path, settings: Settings, home: Path | None = None) -> str:
    """Return the program for Chromium, which takes preferences from its profile only.

    Args:
        executable: The browser.
        settings: What it is started with.
        home: A home folder whose certificate store it trusts beside its own authorities.
    """
    kept = [f"s/{name},//;s/,{name}//;s/{name}//" for name in settings.kept_features]
    lost = [f"s/$/,{name}/" for name in settings.lost_features]
    return _CHROMIUM.format(
        preferences=shlex.quote(json.dumps(_nested(settings.preferences))),
        edited=shlex.quote(";".join((*kept, *lost))),
        home=f"export HOME={shlex.quote(str(home))}\n" if home else "",
        executable=shlex.quote(str(executable)),
    )


def firefox(executable: Path, store: Path) -> str:
    """Return the program for Firefox, which trusts what the certificate store in its profile trusts."""
    return _FIREFOX.format(
        files=" ".join(shlex.quote(str(store / name)) for name in nss.FILES),
        executable=shlex.quote(str(executable)),
    )


def _nested(preferences: Mapping[str, Preference]) -> dict[str, Any]:
    """Turn dotted paths into the objects that Chromium's file has."""
    tree: dict[str, Any] = {}
    for path, value in preferences.items():
        *parents, name = path.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[name] = value
    return tree
