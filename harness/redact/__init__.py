"""Redaction on the way in: a credential leaves here as its fingerprint, or not at all.

Three rules, applied to everything that a browser saw: by the name of a parameter, member or header; by the
shape of a value (JOSE, PEM, long opaque text); and by value, for secrets that were seen elsewhere in the same
case. Addresses keep origin, path and parameter names.

Source: RFC 9700 sections 4.2 and 4.3 on what leaks from addresses, RFC 6819 section 5.1.1.
"""

from harness.redact.addresses import Address, address
from harness.redact.names import HIDDEN, WORDS, mark, treatment
from harness.redact.redactor import Redactor, member_names
from harness.redact.shapes import looks_secret
from harness.redact.visible import visible

__all__ = [
    "HIDDEN",
    "WORDS",
    "Address",
    "Redactor",
    "address",
    "looks_secret",
    "mark",
    "member_names",
    "treatment",
    "visible",
]
