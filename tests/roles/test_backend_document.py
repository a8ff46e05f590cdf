"""The embedded backend under what its OpenAPI document allows, and what it does not."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from harness.server import RunningServer
from harness.verification import contract

VERIFY = "https://verify.platform.test"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES, SEED = 30, 20_261_121


@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda one: one.value
)
@pytest.mark.parametrize("operation", contract.OPERATIONS, ids=lambda one: one.id)
def test_every_answer_is_documented(
    operation: Any, mode: GenerationMode, visitor: httpx2.Client, server: RunningServer
) -> None:
    """Whatever is sent, nothing breaks, and status, type and body are those of the document."""
    document = schemathesis.openapi.from_dict(contract.document(VERIFY))
    token = server.composition.backend_token
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    asked = 0

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        nonlocal asked
        case = data.draw(document[operation.path]["POST"].as_strategy(generation_mode=mode))
        body = case.body if isinstance(case.body, bytes) else json.dumps(case.body).encode()
        answered = visitor.request(case.method, f"{VERIFY}{operation.path}", headers=headers, content=body)
        case.validate_response(answered, checks=CHECKS)
        asked += 1

    ask()

    assert asked
