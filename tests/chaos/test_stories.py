"""The story that workers are killed over holds one of everything that a workflow is made of."""

from nodes.sdk.graph import graph_from_json
from nodes.sdk.shapes import all_nodes
from tests.chaos.stories import INNER, POSTS, UNREPEATABLE, story, with_paper

WANTED = {"prompt", "tool", "template", "loop", "each", "branch", "sub_workflow", "set_variable", "answer"}


def test_the_story_of_the_sweep_has_twelve_steps_and_each_kind_of_them():
    drawn = graph_from_json(story("127.0.0.1:9", "inner"))
    nodes = list(all_nodes(drawn))
    into = drawn.edges_into()

    assert len(drawn.nodes) >= 12
    assert {node.type for node in nodes} >= WANTED
    posts = {node.id for node in nodes if node.type == "tool" and node.config["method"] == "POST"}
    assert posts == POSTS
    assert {id for id in posts if not drawn.nodes[id].config.get("may_repeat")} == UNREPEATABLE
    assert drawn.nodes["each_1"].config["at_once"] > 1
    joined = {edge.source for edge in into["template_5"]}
    assert joined == {edge.target for edge in drawn.edges if edge.source == "branch_1"}, (
        "a branch, and its join"
    )
    assert {node.type for node in all_nodes(graph_from_json(INNER))} >= {"prompt", "answer"}
    assert "read_document" in {one["type"] for one in with_paper(story("127.0.0.1:9", "inner"))["nodes"]}
