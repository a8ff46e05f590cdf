"""Names are mapped without DNS, and more of them can be added."""

from __future__ import annotations

from harness.net import NameMap


def test_an_added_name_is_mapped_from_then_on() -> None:
    """Upper case and a final dot make no difference, another port does."""
    names = NameMap({"www.brand.test": ("127.0.0.1", 1)})
    assert names.resolve("op.test", 443) is None

    names.add("OP.test", ("127.0.0.1", 2))

    assert ("127.0.0.1", 2) == names.resolve("op.test.", 443)
    assert ("127.0.0.1", 1) == names.resolve("www.brand.test", 443)
    assert names.resolve("op.test", 80) is None
