"""The sample's people are nobody: their addresses and numbers are reserved, and belong to no one."""

from __future__ import annotations

import re

import pytest

from harness.sample import CUSTOMERS, Customer


@pytest.mark.parametrize("person", CUSTOMERS, ids=lambda person: person.username)
def test_a_person_of_the_sample_is_invented(person: Customer) -> None:
    """No mail reaches anybody (RFC 2606 section 3), and no telephone rings (555-0100 to 555-0199)."""
    assert person.email.endswith((".example", "@example.com", ".test"))
    assert re.fullmatch(r"\+1 \d{3} 555 01\d\d", person.phone_number)
