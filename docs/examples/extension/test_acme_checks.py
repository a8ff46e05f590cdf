import pytest
from acme_checks import check_personal_claims

from harness.extension import Event, Timeline


def examined(**claims: str) -> Timeline:
    """Return a timeline on which an id_token with some claims was examined."""
    seen = {"headers": [], "claims": claims, "steps": []}
    return Timeline((Event(seq=1, at=0, source="platform", type="id_token.examined", flow=None, data=seen),))


def test_a_birthdate_is_found() -> None:
    """A check is a plain function: no browser, no server."""
    (problem,) = check_personal_claims(examined(sub="fp:1", birthdate="string, 10 characters"))

    assert (problem.code, problem.observed) == ("acme.personal_claim", "the claim birthdate")


def test_a_subject_is_no_personal_claim() -> None:
    """The chat cannot do without it."""
    assert list(check_personal_claims(examined(sub="fp:1"))) == []


@pytest.mark.harness(surface="embedded", flow="code-pkce", fault="acme-birthdate")
def test_the_sample_brand_is_told_of_its_birthdate(flow) -> None:
    """The same in a browser, with the fault put in."""
    assert [one.code for one in flow.findings] == ["acme.personal_claim"]
