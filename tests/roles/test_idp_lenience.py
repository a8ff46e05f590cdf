"""What a less careful authorization server lets pass."""

from __future__ import annotations

import pytest

from harness.roles.idp.lenience import Lenience, Match

REGISTERED = "https://chat.platform.test/window"


@pytest.mark.parametrize(
    ("match", "asked"),
    [
        ("any", "https://elsewhere.example/"),
        ("prefix", f"{REGISTERED}/further"),
        ("path", "https://chat.platform.test@elsewhere.example/window"),
        ("ending", "https://chat.platform.test/other"),
        ("subdomain", "https://sub.chat.platform.test/window"),
        ("folded", "https://chat.platform.test/WINDOW"),
        ("decoded", f"{REGISTERED}%2Ffurther"),
        ("normalised", "https://chat.platform.test./window/../other"),
        ("port", "https://chat.platform.test:8443/window"),
        ("query", f"{REGISTERED}?a=b"),
        ("fragment", f"{REGISTERED}#a"),
    ],
)
def test_each_way_to_compare_takes_what_the_exact_one_refuses(match: Match, asked: str) -> None:
    """And the registered address itself."""
    lenient = Lenience(redirect_uri=match)

    assert (True, True) == (lenient.takes(asked, (REGISTERED,)), lenient.takes(REGISTERED, (REGISTERED,)))
    assert not Lenience().takes(asked, (REGISTERED,))


def test_by_default_no_parameter_is_one_too_many() -> None:
    """Only who names those that are known fails over others."""
    assert not Lenience().fails_over({"anything"})
    assert Lenience(known=("ours",)).fails_over({"client_id", "anything"})
    assert not Lenience(known=("ours",)).fails_over({"client_id", "ours"})


def test_a_careful_code_is_chance() -> None:
    """256 bits of it, whatever its number."""
    assert 43 == len(Lenience().new_code(1))
    assert Lenience().new_code(1) != Lenience().new_code(1)
    assert "100001" == Lenience(code_text="counted").new_code(1)
