"""What the processes of one server have in common: keys, so that each reads what another one wrote."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from joserfc.jwk import ECKey, RSAKey

from harness import encryption_keys
from harness.config import Config
from harness.roles.idp.keys import KeyRing, new_ec_key

_SIGNING = ("sig", "RS256")
_ENCRYPTION = ("enc", "RSA-OAEP-256")


@dataclass(frozen=True, kw_only=True)
class Shared:
    """The secrets of one server, made when it starts and gone with it.

    Attributes:
        agent_key: Opens the agent's workspace.
        backend_token: The bearer token of the embedded verification backend.
        sealing_key: 32 octets, which seal what travels through a browser.
        session_key: Signs what a window holds.
        signing: The issuers' keys.
        encryption: The platform's keys for nested tokens, the current one as ``current``.
        curve: Its key on a curve.
    """

    agent_key: str = field(repr=False)
    backend_token: str = field(repr=False)
    sealing_key: bytes = field(repr=False)
    session_key: ECKey = field(repr=False)
    signing: KeyRing = field(repr=False)
    encryption: KeyRing = field(repr=False)
    curve: ECKey = field(repr=False)

    @classmethod
    def fresh(cls, config: Config) -> Self:
        """Return new ones; an RSA key is made when it is first asked for.

        Args:
            config: Its issuers, and the encryption keys that it keeps in files.
        """
        kept = [encryption_keys.load(path) for path in config.platform.encryption_keys]
        given = {"current" if index == 0 else f"older {index}": key for index, key in enumerate(kept)}
        return cls(
            agent_key=secrets.token_urlsafe(24),
            backend_token=secrets.token_urlsafe(32),
            sealing_key=secrets.token_bytes(32),
            session_key=ECKey.generate_key("P-256"),
            signing=_ring(_SIGNING, issuers(config)),
            encryption=_ring(_ENCRYPTION, ("current",), given),
            curve=new_ec_key("enc"),
        )

    def written(self) -> dict[str, Any]:
        """Return all of it as JSON, for a process of the same server and nobody else; makes every key."""
        return {
            "agent_key": self.agent_key,
            "backend_token": self.backend_token,
            "sealing_key": base64.b64encode(self.sealing_key).decode(),
            "session_key": self.session_key.as_dict(private=True),
            "signing": {name: key.as_dict(private=True) for name, key in self.signing.items()},
            "encryption": {name: key.as_dict(private=True) for name, key in self.encryption.items()},
            "curve": self.curve.as_dict(private=True),
        }

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Self:
        """Return what another process of this server has written."""
        signing, encryption = (
            {name: RSAKey.import_key(key) for name, key in written[ring].items()}
            for ring in ("signing", "encryption")
        )
        return cls(
            agent_key=written["agent_key"],
            backend_token=written["backend_token"],
            sealing_key=base64.b64decode(written["sealing_key"]),
            session_key=ECKey.import_key(written["session_key"]),
            signing=_ring(_SIGNING, (), signing),
            encryption=_ring(_ENCRYPTION, (), encryption),
            curve=ECKey.import_key(written["curve"]),
        )


def issuers(config: Config) -> tuple[str, str]:
    """Return the issuer identifiers of the sample's authorization servers: the brand's own, the partner's."""
    return f"https://{config.sites.idp}", f"https://{config.sites.partner_idp}"


def _ring(
    form: tuple[str, str], names: tuple[str, ...], given: Mapping[str, RSAKey] | None = None
) -> KeyRing:
    use, algorithm = form
    return KeyRing(*names, use=use, algorithm=algorithm, given=given)
