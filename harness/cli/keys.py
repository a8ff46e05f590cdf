"""``harness keys``: the platform's persistent encryption keys."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from harness import encryption_keys


@click.group(short_help="Make the platform's encryption key for a connector.")
def keys() -> None:
    """Make and keep the platform's encryption keys, which brands encrypt id_tokens for."""


@keys.command(short_help="Make a key pair and print what the brand registers.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("platform-encryption.json"))
def new(file: Path) -> int:
    """Make a key pair: the private half goes to FILE, the public half to stdout.

    Name the file in the configuration, the current key first and older ones after it for as long as brands
    may still encrypt for them:

    \b
    [platform]
    encryption_keys = ["platform-encryption.json", "last-year.json"]
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    made = encryption_keys.make(file, now=datetime.datetime.now(datetime.UTC))
    click.echo(made.public_jwk)
    click.echo(made.certificate_pem, nl=False)
    click.echo(f"The private key is in {file}; keep it to yourself.", err=True)
    click.echo(f"Register the JWK or the certificate above at the brand, under the kid {made.kid}.", err=True)
    return 0
