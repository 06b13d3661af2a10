"""The shared cases of the engine graphon come to what is expected of them. TREADLE_SHARED says where."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from nodes.sdk.check import check
from tests.contracts.graphon import graph_of, inputs_of
from tests.engine.world import CATALOGUE, Outside, World

SHARED = Path(os.environ.get("TREADLE_SHARED", Path(__file__).parents[3] / "shared"))
CASES = SHARED / "compat" / "graphon_cases"
ALL: list[dict[str, Any]] = (
    json.loads((CASES / "cases.json").read_text(encoding="utf-8"))["cases"] if CASES.is_dir() else []
)


@pytest.mark.skipif(not ALL, reason=f"There are no shared cases at {CASES}.")
def test_the_shared_cases_are_all_there():
    print(f"\n{len(ALL)} cases of graphon")  # noqa: T201
    assert len(ALL) >= 16


@pytest.mark.parametrize("case", ALL, ids=lambda case: case["id"])
async def test_a_case_of_graphon_comes_to_what_is_expected(case):
    graph = graph_of(yaml.safe_load((CASES / case["fixture"]).read_text("utf-8")), case["inputs"])
    pins = {f"{name}_1": mock for name, mock in case["node_mocks"].items()}
    world = World(graph, Outside(), query=case["query"] or "-", inputs=inputs_of(case["inputs"]), pins=pins)

    if case["id"] == "graphon-loop-badcond":
        # A condition about a step that is not there fails a run of graphon; here it is refused before.
        assert ("unknown_ref", "error") in {
            (problem.code, problem.severity) for problem in check(graph, CATALOGUE)
        }
        return
    state = await world.finish()

    # "partial-succeeded" is success of a run in which a list worked round failed items.
    is_partial = case["expected_status"] == "partial-succeeded"
    assert state.status == ("succeeded" if is_partial else case["expected_status"]), state.error
    failed = [
        r.output["failed"] for p, r in state.results.items() if p == "iteration_1" and "failed" in r.output
    ]
    assert any(failed) == is_partial
    for name, value in (case["expected_outputs"] or {}).items():
        assert (state.answer if name == "answer" else state.variables[name]) == value
    if case["id"] in ("graphon-loop-end", "graphon-loop-end-nested"):
        assert (state.results["loop_1"].output["count"], state.results["loop_1"].output["ended_by"]) == (
            1,
            "stop",
        )
