"""Brands to serve, and visitors without a browser."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from .serving import Served, serving
from .twins import BUILD, RIGHT, Brand
from .visitor import Visitor

Serve = Callable[[Brand, Any], Served]
Visit = Callable[[Served], Visitor]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool:
    """Run each of these tests in a thread: it starts a driver, and the suite's own runs in the main one."""
    given = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    with ThreadPoolExecutor(1) as pool:
        pool.submit(pyfuncitem.obj, **given).result()
    return True


@pytest.fixture(scope="session")
def right_form(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Brand], Served]]:
    """Serve a brand without a mistake; it is the same one for all tests, begun when it is first asked for."""
    running: dict[Brand, Served] = {}
    with contextlib.ExitStack() as stack:

        def served(brand: Brand) -> Served:
            if brand not in running:
                site, folder = BUILD[brand](RIGHT[brand]), tmp_path_factory.mktemp(brand)
                running[brand] = stack.enter_context(serving(site, folder))
            return running[brand]

        yield served


@pytest.fixture
def serve(
    right_form: Callable[[Brand], Served], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Serve]:
    """Serve a variation of a brand until the test ends, its passwords in the environment."""
    with contextlib.ExitStack() as stack:

        def served(brand: Brand, variation: Any) -> Served:
            if variation == RIGHT[brand]:
                running = right_form(brand)
            else:
                running = stack.enter_context(serving(BUILD[brand](variation), tmp_path))
            for name, value in running.site.environment.items():
                monkeypatch.setenv(name, value)
            return running

        yield served


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Give a visitor of a served brand, who has no cookies yet."""
    with contextlib.ExitStack() as stack:
        yield lambda served: stack.enter_context(Visitor.of(served))
