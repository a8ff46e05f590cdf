"""The userinfo endpoint: asked with the access token, its subject held against the id_token's.

OpenID Connect Core section 5.3.
"""

from __future__ import annotations

import re

from harness.protocol import strict_json
from harness.protocol.problem import Refusal, describe
from harness.verification.outbound import Outbound

ANSWER_LIMIT = 64 * 1024
_ACCESS_TOKEN = re.compile(r"[\x20-\x7e]+")
"""RFC 6749 appendix A.12."""


def check_userinfo(outbound: Outbound, endpoint: str, access_token: str, sub: str, *, total: float) -> None:
    """Ask the userinfo endpoint and compare its subject.

    Args:
        outbound: The outbound client.
        endpoint: An https URL.
        access_token: From the token endpoint's answer.
        sub: The verified subject.
        total: Seconds for the whole answer.

    Raises:
        Refusal: ``token.shape`` for an access token that no header can carry, ``userinfo.sub_mismatch``,
            or a code of the family ``net``.

    Source: OpenID Connect Core section 5.3.2.
    """
    if _ACCESS_TOKEN.fullmatch(access_token) is None:
        raise Refusal("token.shape", expected="an access token of printable ASCII", observed="another text")
    headers = {"Authorization": f"Bearer {access_token}"}
    answer = outbound.get(endpoint, headers=headers, limit=ANSWER_LIMIT, total=total)
    if answer.status != 200:
        raise Refusal("net.interrupted", expected="status 200", observed=f"status {answer.status}")
    try:
        told = strict_json.loads(answer.body)
    except strict_json.NotJson as error:
        raise Refusal("userinfo.sub_mismatch", expected="the id_token's sub", observed=str(error)) from None
    found = told.get("sub") if isinstance(told, dict) else None
    if found != sub:
        raise Refusal("userinfo.sub_mismatch", expected="the id_token's sub", observed=describe(type(found)))
