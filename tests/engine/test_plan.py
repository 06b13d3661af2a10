"""What is known of a workflow before it runs: which of a container's fields wait for a pass."""

from nodes.sdk.catalogue import load_catalogue
from workers.engine.plan import InsideField, compile_plan
from workers.engine.testing import build

CATALOGUE = load_catalogue()


def inside_of(config, body=None):
    graph = build("loop", configs={"loop_1": config}, bodies={"loop_1": body or build("template")})
    [loop] = compile_plan(graph, CATALOGUE).top.nodes
    return loop


def test_fields_that_name_steps_inside_wait_for_a_pass():
    loop = inside_of({"count": 3, "result": "{{ template_1.text }}"})

    assert loop.inside == {"result": InsideField("{{ template_1.text }}", True, False)}
    assert loop.fixed is not None
    assert loop.fixed.result == "{{ template_1.text }}"


def test_what_a_condition_names_is_known_before_the_run():
    def named(left):
        until = {"conditions": [{"left": left, "operator": "is", "right": 1}]}
        field = inside_of({"until": until}).inside["until"]
        return field.names_inside, field.names_variables

    assert named("{{ loop_1.last }}") == (True, False)
    assert named("{{ template_1.text }} {{ vars.x }}") == (True, True)
    assert named("{{ vars.x }}") == (False, True)
    assert named("{{ start_1.query }}") == (False, False)
    assert named("{{ broken") == (False, False)


def test_a_count_from_an_earlier_step_is_filled_when_the_loop_begins():
    loop = inside_of({"count": "{{ start_1.times }}", "result": "{{ template_1.text }}"})

    config, written = loop.fill({"start_1": {"times": "4"}})

    assert config.count == 4
    assert written == {"count": "4", "result": "{{ template_1.text }}"}
    assert loop.read(written).count == 4


def test_steps_inside_are_compiled_with_their_titles():
    plan = compile_plan(build("loop", bodies={"loop_1": build("pure -> template")}), CATALOGUE)
    [loop] = plan.top.nodes

    assert loop.body is not None
    assert loop.body.shape.ids == ("pure_1", "template_1")
    assert set(plan.titles) == {"loop_1", "pure_1", "template_1"}
    assert not loop.is_inline
