"""What a content security policy lets a page load."""

from __future__ import annotations

import pytest

from harness.preflight.csp import permits, policies

TAG, PAGE = "https://lptag.liveperson.net/tag/tag.js", "https://www.acme.example/account"


def answer(policy: str, directive: str = "script-src", url: str = TAG, nonce: str | None = "") -> bool | None:
    """Return whether one policy permits an address."""
    (one,) = policies(policy)
    return permits(one, directive, url, PAGE, nonce=nonce)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("script-src https://lptag.liveperson.net", True),
        ("script-src lptag.liveperson.net:443", True),
        ("script-src *.liveperson.net", True),
        ("script-src *.lptag.liveperson.net", False),
        ("script-src https:", True),
        ("script-src *", True),
        ("script-src 'self'", False),
        ("script-src 'none'", False),
        ("script-src http://lptag.liveperson.net", True),
        ("script-src lptag.liveperson.net:8443", False),
        ("script-src https://lptag.liveperson.net/tag/", True),
        ("script-src https://lptag.liveperson.net/other/", False),
        ("script-src https://lptag.liveperson.net/tag/tag.js", True),
        ("default-src 'self'; script-src-elem *", True),
        ("default-src 'self'", False),
        ("img-src 'none'", True),
        ("SCRIPT-SRC HTTPS://LPTAG.LIVEPERSON.NET", True),
    ],
)
def test_a_source_list_is_matched_as_a_browser_does(policy: str, expected: bool) -> None:
    """CSP3 section 6.7.2.8, and the directives fall back as section 6.8.3 says."""
    assert expected is answer(policy)


@pytest.mark.parametrize(("nonce", "expected"), [("abc", True), ("other", False), ("", False), (None, None)])
def test_a_nonce_decides_for_the_element_that_has_it(nonce: str | None, expected: bool | None) -> None:
    """Where no element names the address, a script may add one, and only a browser can tell."""
    assert expected is answer("script-src 'nonce-abc'", nonce=nonce)


def test_strict_dynamic_looks_at_no_host() -> None:
    """What a trusted script loads is trusted (CSP3 section 8.2)."""
    assert answer("script-src 'strict-dynamic' 'nonce-abc' https://lptag.liveperson.net") is None


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("child-src 'self'", False), ("frame-src lptag.liveperson.net", True), ("script-src 'none'", True)],
)
def test_frames_have_a_fallback_of_their_own(policy: str, expected: bool) -> None:
    """child-src before default-src."""
    assert expected is answer(policy, "frame-src")


def test_a_form_has_no_fallback() -> None:
    """form-action is the one directive that default-src says nothing about."""
    assert answer("default-src 'none'", "form-action") is True


def test_several_policies_stand_in_one_header() -> None:
    """Each counts for itself (RFC 9110 section 5.3)."""
    assert 3 == len(policies("script-src *, script-src 'none'", ("default-src 'self'",)))
