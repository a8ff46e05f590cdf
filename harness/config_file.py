"""The configuration file: TOML in, :class:`~harness.config.Config` out, every mistake with its line."""

from __future__ import annotations

import os
import re
import ssl
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from harness import encryption_keys, expectations
from harness.config import (
    KNOWN_RULES,
    Config,
    Connector,
    Deadlines,
    ExpectedFinding,
    History,
    Matrix,
    Mode,
    Platform,
    Sites,
)
from harness.config_steps import BadStep, step
from harness.errors import ConfigError
from harness.own_brand import HTTPS, BrandPage, Login, Network, Probes, is_https
from harness.protocol import keys
from harness.protocol.problem import Refusal
from harness.settings import Settings
from harness.toml_text import parsed

FILE_LIMIT = 1024 * 1024
TOP_LEVEL = (
    "rules",
    "mode",
    "connector",
    "brand",
    "platform",
    "login",
    "network",
    "probes",
    "deadlines",
    "matrix",
    "history",
    "expected",
)
_NOT_USED = "not used"
_OF_A_BRAND = ("login", "network", "probes")
_SECTIONS: Mapping[str, type[Settings]] = {
    "connector": Connector,
    "platform": Platform,
    "deadlines": Deadlines,
    "matrix": Matrix,
    "brand": BrandPage,
    "login": Login,
    "network": Network,
    "probes": Probes,
    "history": History,
}


def read(path: Path, *, unset: Collection[str] = ()) -> Config:
    """Read a configuration file.

    Args:
        path: The file.
        unset: Sections whose secrets are not used this time: their variables and files need not be there.

    Raises:
        ConfigError: On anything that cannot work, with file, line, what was found and what is allowed.
    """
    return parse(text_of(path), path, unset=unset)


def parse(
    text: str, path: Path, *, unset: Collection[str] = (), environment: Mapping[str, str] = os.environ
) -> Config:
    """Read the text of a configuration file.

    Args:
        text: The text.
        path: The file that it is, or would be: paths in it are relative to its folder.
        unset: Sections whose secrets are not used this time: their variables and files need not be there.
        environment: Where ``{ env = … }`` looks.

    Raises:
        ConfigError: On anything that cannot work, with file, line, what was found and what is allowed.
    """
    return _Reader(text, path, unset, environment).config()


def text_of(path: Path) -> str:
    """Return the text of a configuration file.

    Raises:
        ConfigError: When there is no such file, or none that can be read.
    """
    if not path.exists():
        raise ConfigError("there is no such file; leave it out to check the sample brand", file=path)
    if not path.is_file() or path.stat().st_size > FILE_LIMIT:
        raise ConfigError(f"this is no ordinary file of at most {FILE_LIMIT // 1024} KiB", file=path)
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ConfigError("the file is not UTF-8; save it as UTF-8", file=path, line=line) from None
    except OSError as error:
        raise ConfigError(f"the file cannot be read: {error.strerror}", file=path) from None


class _Reader:
    def __init__(self, text: str, path: Path, unset: Collection[str], environment: Mapping[str, str]) -> None:
        self._text, self._path, self._unset, self._environment = text, path, unset, environment
        try:
            self._values = parsed(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"this is not TOML: {error}", file=path) from None

    def config(self) -> Config:
        self._check_top_level()
        connectors = tuple(
            self._connector(index, values) for index, values in enumerate(self._tables("connector"))
        )
        matrix = dict(self._section("matrix"))
        brand = self._brand()
        if brand is not None:
            popup = any(one.authorization_endpoint for one in connectors)
            matrix.setdefault("surfaces", ("embedded", "popup") if popup else ("embedded",))
        if connectors:
            matrix.setdefault("flows", tuple(dict.fromkeys(connector.flow for connector in connectors)))
        if "mode" in self._values:
            if "modes" in matrix:
                raise self._error("mode and [matrix] modes are both set; keep one of them", "mode")
            matrix["modes"] = [self._mode()]
        values: dict[str, Any] = {
            "platform": self._platform(),
            "deadlines": self._build("deadlines", self._section("deadlines")),
            "matrix": self._build("matrix", matrix),
            "connectors": connectors,
            "brand": brand,
            "logins": tuple(self._login(index, values) for index, values in enumerate(self._tables("login"))),
            "network": self._network(),
            "probes": self._build("probes", self._section("probes")),
            "history": self._history(),
            "expected": self._expected(),
        }
        if "rules" in self._values:
            values["rules"] = self._rules()
        config = Config.model_validate(values)
        self._check_flows(config)
        self._check_older(config)
        self._check_endpoints(config)
        self._check_served(config)
        return config

    def _rules(self) -> str:
        rules = self._string("rules")
        if rules not in KNOWN_RULES:
            raise self._error(f"rules is {rules!r}; this version knows {', '.join(KNOWN_RULES)}", "rules")
        return rules

    def _platform(self) -> Platform:
        values = dict(self._section("platform"))
        if "backend_token" in values:
            values["backend_token"] = self._secret(values["backend_token"], "platform", "backend_token")
        platform: Platform = self._build("platform", values)
        paths = tuple(self._path.parent / path for path in platform.encryption_keys)
        for path in paths:
            try:
                encryption_keys.load(path)
            except ConfigError as error:
                raise self._error(error.detail, "platform", "encryption_keys") from None
        return platform.model_copy(update={"encryption_keys": paths})

    def _brand(self) -> BrandPage | None:
        if "brand" not in self._values:
            return None
        if not self._tables("connector"):
            raise self._error(
                "[brand] needs a [connector], which says who issues its tokens; add it", "brand"
            )
        values = dict(self._section("brand"))
        values["before"] = self._steps(values.get("before", []), "brand", "before")
        if values.get("launcher", "harness") == "harness":
            values["launcher"] = None
        else:
            values["launcher"] = self._steps([values["launcher"]], "brand", "launcher")[0]
        brand: BrandPage = self._build("brand", values)
        return brand

    def _login(self, index: int, values: dict[str, Any]) -> Login:
        steps = self._steps(values.get("steps", []), "login", "steps", index)
        login: Login = self._build("login", {**values, "steps": steps}, index)
        return login

    def _network(self) -> Network:
        values = dict(self._section("network"))
        if "proxy" in values:
            values["proxy"] = self._secret(values["proxy"], "network", "proxy")
        network: Network = self._build("network", values)
        if network.ca is None:
            return network
        path = self._path.parent / network.ca
        try:
            ssl.create_default_context(cafile=str(path))
        except OSError as error:  # an SSLError is one, for what is no certificate
            reason = error.strerror or "it holds no certificate in PEM"
            raise self._error(f"ca is {str(network.ca)!r}: {reason}", "network", "ca") from None
        return network.model_copy(update={"ca": path})

    def _history(self) -> History:
        values = dict(self._section("history"))
        path = values.get("path")
        if isinstance(path, dict):
            values["path"] = self._secret(path, "history", "path")
        elif isinstance(path, str) and "://" in path and "@" in path:
            raise self._error(
                "path is a URL with a user, who may have a password; put it into a variable, "
                'path = { env = "NAME" }',
                "history",
                "path",
            )
        elif isinstance(path, str) and "://" not in path:
            values["path"] = str(self._path.parent / Path(path).expanduser())
        history: History = self._build("history", values)
        return history

    def _expected(self) -> tuple[ExpectedFinding, ...]:
        """Read the file of expected findings, whose path is relative to this file."""
        if "expected" not in self._values:
            return ()
        path = self._path.parent / self._string("expected")
        if not path.is_file():
            raise self._error(
                f"expected names {self._values['expected']!r}, and there is no such file", "expected"
            )
        return expectations.read(path)

    def _steps(self, found: Any, section: str, key: str, index: int = 0) -> list[dict[str, Any]]:
        if not isinstance(found, list):
            raise self._error(f"{key} is {_kind(found)}; it takes a list of steps", section, key, index)
        try:
            return [step(one, lambda value: self._secret(value, section, key, index)) for one in found]
        except BadStep as bad:
            raise self._error(f"{key}: {bad}", section, key, index) from None

    def _check_endpoints(self, config: Config) -> None:
        """What is needed only by a surface or a flow is needed by one that is asked for."""
        for index, connector in enumerate(config.connectors if "connector" in self._values else ()):
            if connector.flow not in config.matrix.flows:
                continue
            if "popup" in config.matrix.surfaces and not connector.authorization_endpoint:
                raise self._error(
                    "[connector] lacks authorization_endpoint, which the popup needs; add it, "
                    "or leave popup out of [matrix] surfaces",
                    "connector",
                    "authorization_endpoint",
                    index,
                )
            if connector.response_type == "code" and not connector.token_endpoint:
                raise self._error(
                    f"[connector] lacks token_endpoint, which the flow {connector.flow} needs; add it",
                    "connector",
                    "token_endpoint",
                    index,
                )
        if config.brand is not None and "app" in config.matrix.surfaces:
            raise self._error(
                "surfaces names app, and a brand's own app is not driven; leave it out", "matrix", "surfaces"
            )

    def _check_served(self, config: Config) -> None:
        """Whom the double answers for is nobody of the brand's."""
        if config.brand is None:
            return
        named = {urlsplit(url).hostname for url in config.named_endpoints}
        for key in ("tag", "window_url"):
            host = urlsplit(getattr(config.platform, key)).hostname
            if host in named:
                raise self._error(
                    f"{key} is on {host}, which is the brand's; the double would answer for all of it, "
                    "so it takes a host of the platform",
                    "platform",
                    key,
                )

    def _check_top_level(self) -> None:
        for key in self._values:
            if key in _OF_A_BRAND and "brand" not in self._values:
                raise self._error(f"[{key}] belongs to a brand of your own; add [brand] with its page", key)
            if key not in TOP_LEVEL:
                raise self._error(f"unknown key {key!r}; allowed are {', '.join(TOP_LEVEL)}", key)

    def _mode(self) -> str:
        mode = self._string("mode")
        if mode not in get_args(Mode):
            raise self._error(f"mode is {mode!r}; allowed are {', '.join(get_args(Mode))}", "mode")
        return mode

    def _string(self, key: str) -> str:
        value = self._values[key]
        if not isinstance(value, str):
            raise self._error(f"{key} is {_kind(value)}; it takes a string", key)
        return value

    def _section(self, key: str) -> Mapping[str, Any]:
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            raise self._error(f"{key} is {_kind(value)}; it takes a table, [{key}]", key)
        return value

    def _tables(self, key: str) -> list[dict[str, Any]]:
        value = self._values.get(key, [])
        tables = [value] if isinstance(value, dict) else value
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self._error(f"{key} is {_kind(value)}; it takes [{key}], or [[{key}]] for several", key)
        return tables

    def _connector(self, index: int, values: dict[str, Any]) -> Connector:
        filled = {"id": str(values.get("flow", index)), **values}
        if "client_secret" in values:
            filled["client_secret"] = self._secret(
                values["client_secret"], "connector", "client_secret", index
            )
        connector: Connector = self._build("connector", filled, index)
        for name in ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
            url = getattr(connector, name)
            if url and not is_https(url):
                raise self._error(f"{name} is {url!r}; it takes {HTTPS}", "connector", name, index)
        if connector.jwt_public_key is not None:
            self._check_key(connector.jwt_public_key, index)
        sample = [f"https://{name}" for name in (Sites().idp, Sites().partner_idp)]
        if "brand" not in self._values and connector.issuer not in sample:
            raise self._error(
                f"issuer is {connector.issuer!r}, and the sample brand has {' and '.join(sample)}; "
                "add [brand] with the page of your own",
                "connector",
                "issuer",
                index,
            )
        return connector

    def _check_key(self, text: str, index: int) -> None:
        try:
            keys.from_spki(text)
        except Refusal as refusal:
            problem = refusal.problem
            raise self._error(
                f"jwt_public_key is {problem.observed}; it takes {problem.expected}",
                "connector",
                "jwt_public_key",
                index,
            ) from None

    def _secret(self, value: Any, section: str, key: str, index: int = 0) -> str:
        path = (section, key, index)
        if section in self._unset and isinstance(value, dict) and list(value) in (["env"], ["file"]):
            return _NOT_USED
        if isinstance(value, dict) and list(value) == ["env"]:
            if (secret := self._environment.get(str(value["env"]))) is None:
                raise self._error(f"the environment variable {value['env']} is not set; set it first", *path)
            return secret
        if isinstance(value, dict) and list(value) == ["file"]:
            try:
                return (self._path.parent / str(value["file"])).read_text("utf-8").strip()
            except OSError as error:
                raise self._error(f"the secret's file cannot be read: {error.strerror}", *path) from None
            except ValueError:  # octets that are no text, or a name that no file can have
                raise self._error("the secret's file cannot be read: it is no text in UTF-8", *path) from None
        raise self._error(
            f'{key} takes {{ env = "NAME" }} or {{ file = "path" }}, never the secret itself', *path
        )

    def _build(self, section: str, values: Mapping[str, Any], index: int = 0) -> Any:
        model = _SECTIONS[section]
        try:
            return model.model_validate(values)
        except ValidationError as error:
            # A key that is mistyped is also missed: what stands in the file is told first.
            first = min(error.errors(), key=lambda one: one["type"] == "missing")
            key = str(first["loc"][0]) if first["loc"] else ""
            allowed = [name for name in model.model_fields if name != "id"]
            raise self._error(_sentence(first, key, section, allowed), section, key, index) from None

    def _check_older(self, config: Config) -> None:
        for index, connector in enumerate(config.connectors if "connector" in self._values else ()):
            if not connector.rfc_compliance and "strict" in config.matrix.modes:
                raise self._error(
                    'rfc_compliance = false is the older connector version; it takes mode = "compat"',
                    "connector",
                    "rfc_compliance",
                    index,
                )

    def _check_flows(self, config: Config) -> None:
        known = {connector.flow for connector in config.connectors}
        for flow in config.matrix.flows:
            if flow not in known:
                raise self._error(
                    f"flows names {flow!r}, and no connector has it; there are {', '.join(sorted(known))}",
                    "matrix",
                    "flows",
                )

    def _error(self, message: str, section: str, key: str = "", index: int = 0) -> ConfigError:
        line = _line(self._text, section, key, index)
        return ConfigError(message, file=self._path, line=line, section=section, key=key, index=index)


def _sentence(error: ErrorDetails, key: str, section: str, allowed: list[str]) -> str:
    found = error["input"]
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key {key!r} in [{section}]; allowed are {', '.join(allowed)}"
        case "missing":
            return f"[{section}] lacks {key}; add it"
        case "tuple_type":
            return f'{key} is {found!r}; it takes a list, {key} = ["{found}"]'
        case "string_pattern_mismatch":
            return f"{key} is {found!r}; it has to match {error['ctx']['pattern']}"
        case "literal_error":
            return f"{key} holds {found!r}; allowed are {error['ctx']['expected']}"
        case "value_error":
            return f"[{section}]: {error['ctx']['error']}"
        case _:
            return f"{key} is {found!r}; {error['msg'][0].lower()}{error['msg'][1:]}"


def _kind(value: Any) -> str:
    names = {
        str: "a string",
        bool: "a boolean",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "a table",
    }
    return names.get(type(value), type(value).__name__)


def _line(text: str, section: str, key: str, index: int) -> int | None:
    """Return the line of a key, else of its section, counted from 1.

    ``tomllib`` keeps no positions; looking for headers and keys at the start of a line is enough for a
    file that has already been parsed.
    """
    header = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?")
    top = re.compile(rf"\s*{re.escape(section)}\s*=")
    inside = re.compile(rf"\s*{re.escape(key)}\s*=") if key else None
    current, seen, best = "", -1, None
    for number, line in enumerate(text.splitlines(), 1):
        if match := header.match(line):
            current = match.group(1)
            seen += current == section
            if current == section and seen == index:
                best = number
        elif (not current and top.match(line)) or (
            inside and current == section and seen == index and inside.match(line)
        ):
            return number
    return best
