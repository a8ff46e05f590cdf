from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.store import Store

BRAND, PARTNER = "https://login.brand.test", "https://idp.test"


def engage(
    store: Store,
    sub: str = "alice",
    *,
    account: str = "fernhill",
    iss: str = BRAND,
    surface: str = "embedded",
    **verified: str,
) -> int:
    """Engage a consumer and return the profile's id."""
    return store.people.engage(
        account, iss, sub, verified=dict(verified), surface=surface, connector="implicit"
    )


def test_a_consumer_has_one_profile_on_every_surface(store: Store) -> None:
    """Each engagement adds to the one profile, in order."""
    surfaces = ("embedded", "popup", "app", "popup")
    (profile,) = {engage(store, surface=surface) for surface in surfaces}
    assert store.people.surfaces(profile) == surfaces
    assert [(known.id, known.sub, known.engagements) for known in store.people.profiles()] == [
        (profile, "alice", 4)
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"sub": "bob"},
        {"sub": "Alice"},
        {"sub": "alice "},
        {"sub": "alic\u00e9"},
        {"iss": PARTNER},
        {"iss": BRAND + "/"},
        {"account": "another"},
    ],
)
def test_account_issuer_and_subject_tell_people_apart(other: dict[str, str], store: Store) -> None:
    """Two people are one only when account, issuer and subject are equal octet by octet."""
    assert engage(store) != engage(store, **other)
    assert [known.engagements for known in store.people.profiles()] == [1, 1]


def test_an_e_mail_address_joins_nobody(store: Store) -> None:
    """Two subjects with the same address stay two people."""
    assert engage(store, "alice", email="both@brand.test") != engage(store, "bob", email="both@brand.test")


def test_the_latest_verified_claims_count(store: Store) -> None:
    """A profile shows the claims of its latest engagement and nothing older."""
    engage(store, given_name="Alice", email="alice@brand.test")
    engage(store, given_name="Alicia")
    (known,) = store.people.profiles()
    assert (known.account, known.iss) == ("fernhill", BRAND)
    assert known.verified == {"given_name": "Alicia"}


def test_verified_claims_are_found_by_account_issuer_and_subject(store: Store) -> None:
    """Only the whole key finds the claims of the latest engagement."""
    engage(store, given_name="Alice")
    engage(store, given_name="Alicia")
    assert store.people.verified("fernhill", BRAND, "alice") == {"given_name": "Alicia"}
    others = [("another", BRAND, "alice"), ("fernhill", PARTNER, "alice"), ("fernhill", BRAND, "Alice")]
    assert [store.people.verified(*other) for other in others] == [None] * 3


def test_nobody_is_known_at_first(store: Store) -> None:
    """An empty store knows no profile and no engagement."""
    assert store.people.profiles() == ()
    assert store.people.surfaces(1) == ()


def test_parallel_first_engagements_make_one_profile(
    store: Store, in_parallel: Callable[[Callable[[int], int], int], list[int]]
) -> None:
    """A consumer who arrives twenty times at once is one profile with twenty engagements."""
    assert len(set(in_parallel(lambda _: engage(store), 20))) == 1
    assert [known.engagements for known in store.people.profiles()] == [20]


def test_a_consent_is_for_one_issuer_consumer_and_client(store: Store) -> None:
    """What alice allows one client at one issuer is allowed to nobody else."""
    store.people.consent(BRAND, "alice", "platform")
    assert store.people.has_consented(BRAND, "alice", "platform")
    assert not store.people.has_consented(PARTNER, "alice", "platform")
    assert not store.people.has_consented(BRAND, "bob", "platform")
    assert not store.people.has_consented(BRAND, "alice", "another")


def test_a_consent_can_be_given_again(store: Store) -> None:
    """Consenting twice is consenting once."""
    store.people.consent(BRAND, "alice", "platform")
    store.people.consent(BRAND, "alice", "platform")
    assert store.people.has_consented(BRAND, "alice", "platform")


def test_consents_stand_beside_each_other(store: Store) -> None:
    """A consumer may allow several clients at several issuers, and so may everybody else."""
    given = [(BRAND, "alice", "platform"), (PARTNER, "alice", "platform"), (BRAND, "bob", "platform")]
    given.append((BRAND, "alice", "another"))
    for consent in given:
        store.people.consent(*consent)
    assert all(store.people.has_consented(*consent) for consent in given)
