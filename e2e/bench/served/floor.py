"""What a code flow costs at least on the same web framework: two requests and one signature, nothing kept."""

from __future__ import annotations

import json
import secrets
import sys
import time
from urllib.parse import parse_qs, urlencode

from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from harness.protocol import jose
from harness.roles.idp.keys import new_key
from harness.serving import bound_socket, in_thread, uvicorn_server

ISSUER = "https://floor.test"


class Floor:
    """An authorization server that believes everything.

    Args:
        key: Signs.
    """

    def __init__(self, key: RSAKey) -> None:
        self._key = key

    def asgi(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/jwks", self.jwks),
            ]
        )

    async def discovery(self, request: Request) -> Response:
        """Name the endpoints."""
        endpoints = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        return JSONResponse(
            {"issuer": ISSUER, **{name: f"{ISSUER}/{path}" for name, path in endpoints.items()}}
        )

    async def authorize(self, request: Request) -> Response:
        """Redirect with a code that carries the nonce."""
        asked = request.query_params
        code = f"{secrets.token_urlsafe(32)}.{asked['nonce']}"
        answer = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", 303)

    async def token(self, request: Request) -> Response:
        """Sign an id_token."""
        form = parse_qs((await request.body()).decode())
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": "alice", "aud": "platform", "iat": now, "exp": now + 300}
        claims["nonce"] = form["code"][0].partition(".")[2]
        header = {"alg": "RS256", "kid": self._key.kid}
        id_token = jose.sign(header, json.dumps(claims).encode(), self._key, algorithm="RS256")
        return JSONResponse({"id_token": id_token, "access_token": "none", "token_type": "Bearer"})

    async def jwks(self, request: Request) -> Response:
        """Publish the key."""
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})


def main() -> None:
    """Serve until standard input ends, and print the port."""
    server = uvicorn_server(Floor(new_key("sig", "RS256")).asgi())

    def stop() -> None:
        server.should_exit = True

    with bound_socket(0, "--port") as listener:

        async def serve() -> None:
            await server.serve(sockets=[listener])

        with in_thread(serve, stop):
            print(f"listening on {listener.getsockname()[1]}", flush=True)
            sys.stdin.read()


if __name__ == "__main__":
    main()
