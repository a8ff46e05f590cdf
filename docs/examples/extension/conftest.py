import pytest
from acme_checks import EXTENSION

from harness import Extension


@pytest.fixture(scope="session")
def harness_extensions() -> tuple[Extension, ...]:
    """Acme's own checks, installed or not."""
    return (EXTENSION,)
