"""A node type added as one file is there for the editor, and nothing else changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.workflows.catalogue import rendered_catalogue
from nodes.sdk.catalogue import installed_catalogue
from tests.conftest import Person

WORD_COUNT = '''
from nodes.sdk import Field, Node, NodeConfig, NodeContext, NodeOutput


class WordCount(Node):
    """Counts the words in a text."""

    type, title, group, effects = "word_count", "Word count", "Text", "none"

    class Config(NodeConfig):
        text: str = Field(title="Text", widget="template", help="Type, or pick a variable.")

    class Output(NodeOutput):
        words: int = Field(title="Number of words")

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        return self.Output(words=len(config.text.split()))
'''


@pytest.fixture
def dropped_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A drop-in folder with the file above, and one that cannot be loaded."""
    (tmp_path / "word_count.py").write_text(WORD_COUNT)
    (tmp_path / "broken_one.py").write_text("import not_there_at_all\n")
    monkeypatch.setenv("TREADLE_NODES", str(tmp_path))
    for cached in (installed_catalogue, rendered_catalogue):
        cached.cache_clear()
    yield
    for cached in (installed_catalogue, rendered_catalogue):
        cached.cache_clear()


def test_the_catalogue_describes_it_and_names_the_broken_one(owner: Person, dropped_in: None) -> None:
    catalogue = owner.client.get("/api/nodes").json()

    found = next(node for node in catalogue["nodes"] if node["type"] == "word_count")
    assert found["help"] == "Counts the words in a text."
    assert found["group"] == "Text"
    assert found["config"]["properties"]["text"]["x-ui"]["widget"] == "template"
    assert found["output"]["properties"]["words"]["title"] == "Number of words"
    assert [one["name"] for one in catalogue["broken"]] == ["broken_one"]


def test_a_draft_may_use_it_at_once(owner: Person, dropped_in: None) -> None:
    body = {"template": "empty"}
    workflow = owner.client.post("/api/workflows", body, content_type="application/json").json()
    graph = {
        "nodes": [
            {"id": "start_1", "type": "start"},
            {"id": "word_count_1", "type": "word_count", "config": {"text": "{{ start_1.query }}"}},
            {"id": "answer_1", "type": "answer", "config": {"text": "{{ word_count_1.words }} words"}},
        ],
        "edges": [
            {"source": "start_1", "target": "word_count_1"},
            {"source": "word_count_1", "target": "answer_1"},
        ],
    }

    saved = owner.client.put(
        f"/api/workflows/{workflow['id']}/draft", {"revision": 1, "graph": graph}, "application/json"
    ).json()

    assert saved["problems"] == []
    assert saved["shapes"]["word_count_1"]["output"]["properties"]["words"]["type"] == "integer"
