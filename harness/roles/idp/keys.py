"""Signing and encryption keys: made once, imported once, never per token."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

from joserfc.jwk import ECKey, RSAKey

KEY_BITS = 2048


def new_key(use: str, algorithm: str) -> RSAKey:
    """Return a fresh RSA key whose ``kid`` is its thumbprint (RFC 7638)."""
    key = RSAKey.generate_key(KEY_BITS, parameters={"use": use, "alg": algorithm})
    return RSAKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint()})


def new_ec_key(use: str) -> ECKey:
    """Return a fresh P-256 key whose ``kid`` is its thumbprint."""
    key = ECKey.generate_key("P-256", parameters={"use": use})
    return ECKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint()})


class KeyRing(Mapping[str, RSAKey]):
    """One key per name, made when it is first asked for.

    Args:
        names: Issuers, or whatever the keys are for.
        use: ``sig`` or ``enc`` (RFC 7517 section 4.2).
        algorithm: The one algorithm of the keys.
        given: Keys that exist already.
    """

    def __init__(
        self, *names: str, use: str, algorithm: str, given: Mapping[str, RSAKey] | None = None
    ) -> None:
        self._names = tuple(dict.fromkeys((*names, *(given or {}))))
        self._use, self._algorithm = use, algorithm
        self._made = dict(given or {})
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> RSAKey:
        if name not in self._names:
            raise KeyError(name)
        with self._lock:
            if name not in self._made:
                self._made[name] = new_key(self._use, self._algorithm)
            return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
