"""A step of somebody else's that only computes holds up the loop of its worker: the worker says so, and its
runs go elsewhere, that one and its neighbours."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nodes.sdk.catalogue import installed_catalogue
from tests.chaos.nursery import Nursery
from tests.invariants import World, look, violations
from tests.runs.stack import CHAT, Stack, graph, node, until

HOG = '''
import time
from pathlib import Path

from nodes.sdk import Field, Node, NodeConfig, NodeContext, NodeOutput


class Hog(Node):
    """Computes for ever, the first time."""

    type, title, effects = "hog", "Hog", "none"

    class Config(NodeConfig):
        folder: str = Field("", title="Folder")

    class Output(NodeOutput):
        text: str = Field("", title="Text")

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        folder = Path(config.folder)
        try:
            (folder / "held").touch(exist_ok=False)
        except FileExistsError:
            return self.Output(text="done")
        while not (folder / "go").exists():
            time.sleep(0.01)
        return self.Output(text="too late")
'''


@pytest.fixture
def nursery(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nursery]:
    types = tmp_path / "types"
    types.mkdir()
    (types / "hog.py").write_text(HOG)
    monkeypatch.setenv("TREADLE_NODES", str(types))
    installed_catalogue.cache_clear()
    hurry = {"TREADLE_LEASE_S": "3", "TREADLE_STALLED_S": "1.5", "TREADLE_SWEEP_S": "0.2"}
    forking = Nursery(stack, TREADLE_NODES=str(types), **hurry)
    try:
        yield forking
    finally:
        forking.close()
        installed_catalogue.cache_clear()


def test_a_step_that_holds_up_its_worker_is_named_and_all_runs_there_go_elsewhere(
    stack: Stack, nursery: Nursery, tmp_path: Path
):
    stack.script('delay_s: 60\nreply: "Too late"\n')
    drawn = graph(
        [node("start"), node("hog", folder=str(tmp_path)), node("answer", text="{{ hog_1.text }}")],
        "start_1 -> hog_1",
        "hog_1 -> answer_1",
    )
    neighbour, hogging = stack.say(stack.app(CHAT), "Hello"), stack.say(stack.app(drawn), "Compute")
    stuck = nursery.worker(runs=[neighbour.pk, hogging.pk])
    until((tmp_path / "held").exists, "the loop is held up")

    stack.script('delay_s: 0\nreply: "You said: {message}"\n')
    nursery.worker(sweeps=True)

    assert [stack.ended(run).answer for run in (neighbour, hogging)] == ["You said: Hello", "done"]
    said = (stack.data / "nursery.log").read_text(errors="replace")
    assert "held up by Hog.run" in said
    assert "its runs are left to other workers" in said
    (tmp_path / "go").touch()
    assert stuck.wait() == 0, "it comes back, and finds that they are not its own any more"
    assert [stack.ended(run).answer for run in (neighbour, hogging)] == ["You said: Hello", "done"]
    assert violations(look(World(accepted=(neighbour.pk, hogging.pk)))) == []
