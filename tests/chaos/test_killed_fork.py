"""kill -9 of workers over a run that goes on from another one: it begins with all that it keeps, or anew."""

from collections import Counter

from backend.accounts.models import Role
from backend.runs.models import Event, Run
from tests.chaos.test_killed_worker import STORY
from tests.conftest import make_person
from tests.invariants import World, look, violations
from tests.runs.stack import Stack, until
from tests.runs.test_api import post


def start_to_die(stack: Stack, failpoint: str) -> None:
    """A worker that is killed there, with a lease that is over soon."""
    armed = {"TREADLE_ENABLE_FAILPOINTS": "1", "TREADLE_FAILPOINT": failpoint, "TREADLE_LEASE_S": "1"}
    worker = stack.start_worker(may_die=True, **armed)
    until(lambda: worker.poll() is not None, f"the worker dies at {failpoint}", stack.log_tail)


def test_a_fork_whose_workers_die_around_its_first_commit_keeps_all_and_repeats_nothing(stack: Stack):
    armed = {"TREADLE_ENABLE_FAILPOINTS": "1", "TREADLE_FAILPOINT": "step_result.before:7"}
    first = stack.start_worker(may_die=True, TREADLE_LEASE_S="1", **armed)  # the run it goes on from has six
    run = stack.ended(stack.say(stack.app(STORY), "question"))
    anna = make_person("anna@example.com", run.workspace, Role.EDITOR)
    made = post(anna.client, f"/api/runs/{run.pk}/fork", {"from": "prompt_2"}).json()
    again = Run.objects.get(pk=made["id"])

    until(lambda: first.poll() is not None, "the first worker dies", stack.log_tail)
    assert not Event.objects.filter(run=again, type="run_started").exists()
    start_to_die(stack, "step_result.after")
    kept = Event.objects.filter(run=again, type="node_succeeded").values_list("path", flat=True)
    assert set(kept) == {"start_1", "prompt_1", "template_1", "answer_1"}
    stack.start_worker()
    again = stack.ended(again)

    facts = list(Event.objects.filter(run=again).order_by("seq").values_list("type", "path", "data"))
    assert (again.status, again.answer) == ("succeeded", run.answer)
    assert Counter(path for kind, path, _ in facts if kind == "node_succeeded") == dict.fromkeys(
        ("start_1", "prompt_1", "template_1", "answer_1", "prompt_2", "answer_2"), 1
    )
    assert {path for kind, path, data in facts if kind == "node_started" and "reused" not in data} == {
        "prompt_2",
        "answer_2",
    }
    assert again.usage["total_tokens"] < run.usage["total_tokens"]
    assert violations(look(World(accepted=(run.pk, again.pk)))) == []
