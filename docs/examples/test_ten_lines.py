import pytest
from playwright.sync_api import expect


@pytest.mark.harness(surface="embedded", flow="code-pkce")
def test_the_consumer_is_known(flow, workspace):
    assert flow.outcome == "authenticated"
    expect(flow.window.status).to_have_text("Signed in as Alice Abel")
    workspace.choose("Alice Abel")
    expect(workspace.verified).to_contain_text("FH-100-234")
