"""The step that waits for a call back: what it says when the other service does not take the address."""

import pytest

from nodes.builtin.wait_for_event.node import WaitForEvent
from nodes.sdk import HttpResponse, NodeError
from nodes.sdk.testing import run_node


@pytest.mark.parametrize(
    ("status", "code", "retry"), [(404, "http_404", False), (429, "http_429", True), (503, "http_5xx", True)]
)
async def test_a_service_that_refuses_to_be_told_where_to_call_is_told_again_as_any_other_is(
    status, code, retry
):
    with pytest.raises(NodeError) as caught:
        await run_node(
            WaitForEvent,
            {"address": "https://jobs.example/start?for=ann@example.com"},
            answers=[HttpResponse(status, {"retry-after": "7"}, b"Not now.")],
        )

    error = caught.value
    assert (error.code, error.retry, error.retry_after_s) == (code, retry, 7)
    assert error.message == f"jobs.example answered {status}: Not now."
