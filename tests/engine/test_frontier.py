"""Which nodes may start: edges are taken, skipped or pending."""

from workers.engine.frontier import Frontier, Shape
from workers.engine.plan import shape_of
from workers.engine.testing import build


def shape(drawing: str) -> Shape:
    graph = build(drawing)
    return shape_of(graph, [node_id for node_id, edges in graph.edges_into().items() if not edges])


def ready(frontier: Frontier, shape: Shape) -> list[str]:
    ids: list[str] = []
    while (place := frontier.next_ready()) is not None:
        ids.append(shape.ids[place])
    return ids


def leave(frontier: Frontier, shape: Shape, node_id: str, port: str = "out") -> None:
    frontier.leave(shape.ids.index(node_id), port)


def test_a_node_without_edges_into_it_is_ready_at_once():
    chain = shape("a -> b")

    frontier = Frontier(chain)

    assert ready(frontier, chain) == ["a_1"]


def test_a_node_is_ready_when_the_one_before_it_has_left():
    chain = shape("a -> b -> c")
    frontier = Frontier(chain)
    ready(frontier, chain)

    leave(frontier, chain, "a_1")

    assert ready(frontier, chain) == ["b_1"]


def test_a_join_waits_for_every_branch_that_will_arrive():
    diamond = shape("a -> b -> d\na -> c -> d")
    frontier = Frontier(diamond)
    ready(frontier, diamond)
    leave(frontier, diamond, "a_1")
    assert ready(frontier, diamond) == ["b_1", "c_1"]

    leave(frontier, diamond, "b_1")
    assert ready(frontier, diamond) == []

    leave(frontier, diamond, "c_1")
    assert ready(frontier, diamond) == ["d_1"]


def test_a_join_does_not_wait_for_a_skipped_branch():
    fork = shape("a.yes -> b -> d\na.no -> c -> d")
    frontier = Frontier(fork)
    ready(frontier, fork)

    leave(frontier, fork, "a_1", "yes")
    assert ready(frontier, fork) == ["b_1"]
    leave(frontier, fork, "b_1")

    assert ready(frontier, fork) == ["d_1"]
    assert [fork.ids[i] for i in frontier.skipped] == ["c_1"]


def test_skipping_goes_on_along_a_long_chain_without_recursion():
    names = " -> ".join(f"n_{i}" for i in range(1, 5_000))
    chain = shape(f"a.yes -> z\na.no -> {names}")
    frontier = Frontier(chain)
    ready(frontier, chain)

    leave(frontier, chain, "a_1", "yes")
    leave(frontier, chain, "z_1")

    assert len(frontier.skipped) == 4_999
    assert frontier.is_decided


def test_a_node_is_skipped_only_when_all_edges_into_it_are():
    fork = shape("a.yes -> b\na.no -> b")
    frontier = Frontier(fork)
    ready(frontier, fork)

    leave(frontier, fork, "a_1", "no")

    assert ready(frontier, fork) == ["b_1"]


def test_a_port_that_no_edge_leaves_by_ends_the_flow_there():
    fork = shape("a.yes -> b -> c")
    frontier = Frontier(fork)
    ready(frontier, fork)

    leave(frontier, fork, "a_1", "no")

    assert ready(frontier, fork) == []
    assert frontier.is_decided


def test_ready_nodes_come_in_topological_order_whatever_order_they_became_ready_in():
    fan = shape("a -> c\na -> b\na -> d")
    frontier = Frontier(fan)
    ready(frontier, fan)

    leave(frontier, fan, "a_1")

    assert ready(frontier, fan) == ["b_1", "c_1", "d_1"]


def test_where_something_starts_a_run_an_unconnected_node_never_runs():
    lonely = shape_of(build("start -> b\nc -> d -> e\nb -> e"), ["start_1"])
    frontier = Frontier(lonely)
    assert ready(frontier, lonely) == ["start_1"]

    leave(frontier, lonely, "start_1")
    assert ready(frontier, lonely) == ["b_1"]
    leave(frontier, lonely, "b_1")

    assert ready(frontier, lonely) == ["e_1"]
    assert sorted(lonely.ids[i] for i in frontier.skipped) == ["c_1", "d_1"]
