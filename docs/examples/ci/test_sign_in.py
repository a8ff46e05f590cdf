"""A consumer signs in on every surface, in a real browser."""

import pytest


@pytest.mark.harness(surface="embedded", flow="code-pkce")
def test_the_chat_of_the_page_knows_who_is_signed_in(flow):
    """The page method's code has become a sign-in."""
    assert flow.outcome == "authenticated"


@pytest.mark.harness(surface="popup", flow="code-pkce")
def test_the_popup_signs_in(flow):
    """The consumer came back from the login as who they are."""
    assert flow.outcome == "authenticated"
