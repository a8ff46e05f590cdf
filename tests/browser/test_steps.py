"""One-time codes, and what is said of a step that could not be taken."""

from __future__ import annotations

import base64

import pytest

from harness.browser.steps import LoginUnknown, StepFailed, totp
from harness.own_brand import Step

SEED = b"12345678901234567890"
SECRET = base64.b32encode(SEED).decode()

VECTORS = [
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
]
"""RFC 6238 appendix B for SHA-1, eight digits."""


@pytest.mark.parametrize(("now", "code"), VECTORS)
def test_a_one_time_code_is_that_of_its_moment(now: int, code: str) -> None:
    """Six digits, which are the last of the eight in the specification's examples."""
    assert code[-6:] == totp(SECRET, now)


@pytest.mark.parametrize("secret", [SECRET.lower(), " ".join(SECRET[i : i + 4] for i in range(0, 32, 4))])
def test_a_secret_may_be_written_as_people_are_shown_it(secret: str) -> None:
    """In groups, in small letters."""
    assert totp(SECRET, 59) == totp(secret, 59)


def test_a_secret_needs_no_padding() -> None:
    """With it the code is the same, and leading zeroes are kept."""
    padded = base64.b32encode(b"1234567").decode()
    assert padded.endswith("=")

    assert totp(padded, 59.9) == totp(padded.rstrip("="), 30)
    assert "081804" == totp(SECRET, 1_111_111_109)


@pytest.mark.parametrize("secret", ["", "   ", "open sesame!", "01189998", "A"])
def test_what_is_no_secret_is_refused(secret: str) -> None:
    """The configuration says so before any browser starts."""
    with pytest.raises(ValueError):  # noqa: PT011 - base64's own words, which differ
        totp(secret, 59)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://login.acme.example/login?ticket=secret#token", "https://login.acme.example/login"),
        (
            "https://login.acme.example/login;jsessionid=0A1B2C3D4E5F60718293A4B5C6D7E8F9secret",
            "https://login.acme.example/login;jsessionid=fp:",
        ),
        (
            "https://login.acme.example/as/4fQmZk9uXtR2sV7pLwB1secret/resume",
            "https://login.acme.example/as/fp:",
        ),
    ],
)
def test_a_step_that_failed_names_the_page_without_its_secrets(url: str, told: str) -> None:
    """Path, query and fragment may hold a session or a code, and the value may be a password."""
    step = Step.model_validate({"verb": "fill", "target": "Password", "value": "open sesame"})

    for failed in (StepFailed(step, url), StepFailed(step, url, asks_again=True), LoginUnknown(url)):
        assert failed.url.startswith(told)
        assert told in str(failed)
        assert not [word for word in ("secret", "sesame", "token") if word in str(failed)]
