import pytest

from harness import Config


@pytest.fixture(scope="session")
def harness_config() -> Config:
    """The sample brand, with a page method that is given up on after two seconds."""
    return Config().impatient(2)
