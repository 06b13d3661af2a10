"""`manage.py workflow run` with files that stand for the apps that a file uses."""

from workers.management.file_runs import Request, run_file

USES = """
treadle: 1
name: Uses
nodes:
  start_1: {type: start, config: {}}
  sub_workflow_1: {type: sub_workflow, config: {workflow: other, version: 3}}
  answer_1: {type: answer, config: {text: "It says {{ sub_workflow_1.answer }}"}}
edges: [start_1 -> sub_workflow_1, sub_workflow_1 -> answer_1]
"""
OTHER = """
treadle: 1
name: Other
nodes:
  start_1: {type: start, config: {}}
  answer_1: {type: answer, config: {text: "<{{ start_1.query }}>"}}
edges: [start_1 -> answer_1]
"""


def test_another_file_stands_for_the_app_that_a_file_uses():
    report, problems = run_file(USES, Request(query="hi", others={"other": OTHER}))

    assert report["answer"] == "It says <hi>"
    assert [problem for problem in problems if problem.severity == "error"] == []


def test_without_it_the_step_says_that_the_app_is_not_there():
    report, _ = run_file(USES, Request(query="hi"))

    assert report["error"]["code"] == "workflow_missing"
