"""What can go wrong with a node or a run, in words for a person, and as it is written down."""

from collections.abc import Mapping

from nodes.sdk.errors import NodeError
from nodes.sdk.values import Json
from workers.engine.plain import clean_text
from workers.engine.plan import PlanNode
from workers.engine.state import RunError

_LOOK_AT_LOG = "Look at the worker's log. A step that needs more memory than there is can be the reason."


def error_to_json(error: NodeError) -> RunError:
    """An error as an event carries it: no stack trace, nothing a database refuses."""
    code, message, hint = (clean_text(str(text)) for text in (error.code, error.message, error.hint))
    return {"code": code, "message": message, "hint": hint}


def error_from_json(error: Mapping[str, Json]) -> NodeError:
    """A final error, read back from where it was written down."""
    code, message, hint = (str(error.get(name) or "") for name in ("code", "message", "hint"))
    return NodeError(code, message, hint, retry=False)


def crashed(node: PlanNode, why: str) -> NodeError:
    """The node did something no node may do. That is never tried again: it would do the same."""
    return NodeError(
        "node_crashed",
        f"{node.title!r} stopped with an unexpected error. {clean_text(why, 500)}",
        "Look at what came into the step. If that is right, the step itself has a fault.",
        retry=False,
    )


def out_of_time(node: PlanNode) -> NodeError:
    """The node took longer than its policy allows; another attempt may be quicker."""
    return NodeError(
        "node_timeout",
        f"{node.title!r} took longer than {node.retry.timeout_s:g} seconds and was stopped.",
        "Give it more time in its settings, or less to do.",
        retry=True,
    )


def cut_off(node: PlanNode) -> NodeError:
    """A worker died while the node was at work, and it may not be started again."""
    if node.effects == "write":
        return NodeError(
            "worker_crashed",
            f"The worker stopped while {node.title!r} was at work. Whether it took effect is not known.",
            "Look at the place where it acts before you run it again.",
        )
    times = node.retry.cut_off_attempts
    return NodeError(
        "worker_crashed",
        f"The worker stopped while {node.title!r} was at work, {times} times in all.",
        _LOOK_AT_LOG,
    )


def stop_outside_loop(node: PlanNode) -> NodeError:
    """A node that ends a loop, or a round of it, stands in none."""
    return NodeError(
        "bad_config",
        f"{node.title!r} leaves a round of a repeat, but it does not stand inside one.",
        "Move it into the repeat, or remove it.",
    )


def crash_loop(claims: int, titles: list[str]) -> RunError:
    """The run killed one worker after the other; `titles` are the nodes that were open."""
    where = f" while at work on: {', '.join(titles)}" if titles else ""
    message = f"The worker stopped unexpectedly {claims} times in a row{where}."
    return {"code": "worker_crashed", "message": clean_text(message), "hint": _LOOK_AT_LOG}


def not_reached(title: str) -> RunError:
    """The one step that was to run has something before it that did not, or the flow passes it by."""
    message = f"{title!r} was not reached: a step before it has not run yet, or leads elsewhere."
    return {
        "code": "step_not_reached",
        "message": clean_text(message),
        "hint": "Run the app from an earlier step, or from its beginning.",
    }


def too_many_steps(limit: int) -> RunError:
    """The run started as many nodes as it may."""
    return {
        "code": "step_limit",
        "message": f"The run reached its limit of {limit:,} steps and was stopped.",
        "hint": "Look for something that repeats more often than you meant, or raise the limit.",
    }


def too_large(limit: int) -> RunError:
    """The texts of the run's steps came to more than it may take."""
    return {
        "code": "size_limit",
        "message": f"The texts of this run came to more than {limit:,} characters, and it was stopped.",
        "hint": "Work through fewer items, or pass on less of each.",
    }


def run_out_of_time(wall_s: float) -> RunError:
    """The run as a whole took longer than it may."""
    span = f"{wall_s / 60:g} minutes" if wall_s >= 120 else f"{wall_s:g} second{'s' * (wall_s != 1)}"
    return {
        "code": "run_timed_out",
        "message": f"The run took longer than {span} and was stopped.",
        "hint": "Give slow steps a time limit of their own, or split the work into several runs.",
    }


def undeclared(name: str) -> NodeError:
    return NodeError(
        "bad_variable",
        f"The conversation remembers nothing called {name[:60]!r}.",
        "Declare it among the information that the app remembers.",
    )


def not_held(name: str) -> NodeError:
    return NodeError(
        "bad_variable",
        f"No step around it keeps {name[:110]!r} from round to round.",
        "Add it to the repeating step around, or choose other information.",
    )


def tokens_used_up(limit: int) -> RunError:
    """The AI models used as many tokens as the run may."""
    return {
        "code": "token_limit",
        "message": f"The run reached its limit of {limit:,} tokens for AI models and was stopped.",
        "hint": "Ask for shorter replies, pass on less text, or raise the limit in the app's settings.",
    }


def cost_used_up(limit: float) -> RunError:
    """The AI models cost as much as the run may."""
    return {
        "code": "cost_limit",
        "message": f"The run reached its limit of {limit:,.6g} US dollars for AI models and was stopped.",
        "hint": "Use a cheaper model, ask for less, or raise the limit in the app's settings.",
    }
