"""`manage.py workflow` on files: no server, no database, one JSON object, plain words for what is wrong.

These tests have no database mark: a query would fail them.
"""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from nodes.sdk.files import in_language, workflow_from_yaml, workflow_to_yaml
from workers.management.commands.workflow import Command

TEMPLATES = Path(__file__).parents[2] / "backend" / "workflows" / "templates"
CHAT, SORT, EMPTY, LIST = (
    str(TEMPLATES / f"{name}.yaml") for name in ("chat", "sort-messages", "empty", "work-through-list")
)
NO_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": None}


@pytest.fixture
def workflow(capsys):
    """Runs the command; gives its exit code, what it printed, and what it complained about."""

    def run(*arguments):
        code = 0
        try:
            call_command(Command(), *map(str, arguments))
        except SystemExit as stopped:
            code = stopped.code
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return code, printed.out, printed.err

    return run


@pytest.fixture
def report(workflow):
    """Runs a file; gives the exit code and the one JSON object without its time."""

    def run(file, *arguments):
        code, out, _ = workflow("run", file, *arguments)
        assert out.count("\n") == 1
        said = json.loads(out)
        assert set(said) == {"status", "outputs", "answer", "error", "usage", "elapsed_s"}
        assert said.pop("elapsed_s") >= 0
        return code, said

    return run


def succeeded(answer):
    return 0, {
        "status": "succeeded",
        "outputs": {"answer": answer},
        "answer": answer,
        "error": None,
        "usage": NO_USAGE,
    }


def test_the_chat_template_answers_with_what_the_model_says(report):
    ran = report(CHAT, "--query", "Hello", "--pins", '{"prompt_1": {"text": "Good day!"}}')

    assert ran == succeeded("Good day!")


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("I was charged twice, can I get a refund?", "**billing**"),
        ("Where is my parcel?", "**delivery**"),
        ("Do you have gift cards?", "Thank you"),
        ("我要退款", "**billing**"),
        ("我的包裹到哪里了？", "**delivery**"),
        ("", "Thank you"),
    ],
)
def test_the_sorting_template_takes_the_path_of_the_message(report, query, answer):
    code, ran = report(SORT, "--query", query)

    assert code == 0
    assert answer in ran["answer"]


def test_the_empty_template_works_by_itself(report):
    assert report(EMPTY, "--query", "你好 {{ start_1 }}") == succeeded("You wrote: 你好 {{ start_1 }}")


def test_the_list_template_works_through_what_was_typed(report):
    """The pinned step stands inside: its pin is used in every pass."""
    pins = '{"prompt_1": {"text": "Warm\\nand good. "}}'

    assert report(LIST, "--query", "tea, cocoa", "--pins", pins) == succeeded(
        "- **tea**: Warm and good.\n- **cocoa**: Warm and good."
    )
    assert report(LIST, "--query", "- tea\n- 咖啡", "--pins", pins) == succeeded(
        "- **tea**: Warm and good.\n- **咖啡**: Warm and good."
    )
    assert report(LIST, "--query", "", "--pins", pins) == succeeded("")


def test_a_file_is_given_the_environment_variables_that_it_names(report, workflow, tmp_path):
    file = tmp_path / "list.yaml"
    text = Path(SORT).read_text("utf-8").replace("**billing**", "**{{ env.DESK.name }}**")
    file.write_text(text, "utf-8")
    asked = ("--query", "I was charged twice")

    named = report(file, *asked, "--env", '{"DESK": {"name": "Money matters"}}')
    missing = report(file, *asked)

    assert "**Money matters**" in named[1]["answer"]
    assert (missing[0], missing[1]["error"]["code"]) == (1, "environment_missing")
    assert workflow("run", file, "--env", "[]")[0] == 2


def test_what_is_inside_a_pinned_step_does_not_run_and_need_not_be_right(report, tmp_path):
    file = tmp_path / "list.yaml"
    text = Path(LIST).read_text("utf-8").replace("{{ each_1.item }}.", "{{ nobody.text }}.")
    file.write_text(text, "utf-8")

    assert report(file, "--pins", '{"each_1": {"items": ["a", "b"]}}') == succeeded("a\nb")


@pytest.mark.parametrize("file", sorted(TEMPLATES.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_template_is_good_and_written_as_our_own_writer_would(workflow, file):
    text = file.read_text(encoding="utf-8")
    read = workflow_from_yaml(text)

    assert workflow("check", file)[0] == 0
    assert workflow_to_yaml(read) == text
    assert read.template is not None
    assert all(read.template.suggestions[language] for language in ("en", "zh"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_suggestion_of_the_sorting_template_reaches_each_path(report, tmp_path, language):
    file = workflow_from_yaml(Path(SORT).read_text(encoding="utf-8"))
    path = tmp_path / "sort.yaml"
    path.write_text(workflow_to_yaml(in_language(file, language)), encoding="utf-8")

    answers = [report(path, "--query", said)[1]["answer"] for said in file.template.suggestions[language]]

    assert len(set(answers)) == 3
    texts = [in_language(file, language).graph.nodes[f"answer_{n}"].config["text"] for n in (1, 2, 3)]
    assert answers == texts


def test_a_pin_can_make_a_step_fail(report):
    code, ran = report(CHAT, "--query", "Hi", "--pins", '{"prompt_1": {"__error__": "No luck today."}}')

    assert code == 1
    assert ran["status"] == "failed"
    assert ran["error"]["message"] == "No luck today."


def test_a_pinned_branch_leaves_by_the_path_it_was_given(report):
    pins = {"classify_1": {"name": "delivery", "group": "Delivery", "method": "model", "confidence": None}}

    assert "**delivery**" in report(SORT, "--query", "Hello", "--pins", json.dumps(pins))[1]["answer"]


def test_what_is_wrong_in_a_pinned_step_does_not_matter(report, tmp_path):
    file = tmp_path / "flow.yaml"
    file.write_text(
        "treadle: 1\nname: x\nnodes:\n  start_1: {type: start}\n  odd_1: {type: from_elsewhere}\n"
        "  answer_1: {type: answer, config: {text: '{{ odd_1.text }}!'}}\n"
        "edges: [start_1 -> odd_1, odd_1 -> answer_1]\n"
    )

    assert report(file, "--pins", '{"odd_1": {"text": "Pinned"}}') == succeeded("Pinned!")
    code, ran = report(file)
    assert (code, ran["error"]["code"]) == (2, "unknown_type")


def test_inputs_reach_the_start(report, tmp_path):
    file = tmp_path / "flow.yaml"
    file.write_text(
        "treadle: 1\nname: x\nnodes:\n"
        "  start_1: {type: start, config: {inputs: [{name: size, type: number, required: true}]}}\n"
        "  answer_1: {type: answer, config: {text: '{{ start_1.size }} {{ start_1.query }}'}}\n"
        "edges: [start_1 -> answer_1]\n"
    )

    assert report(file, "--query", "m", "--inputs", '{"size": "12"}') == succeeded("12 m")
    code, ran = report(file)
    assert (code, ran["error"]["code"]) == (1, "info_missing")


def test_the_journal_is_written_line_by_line(report, tmp_path):
    journal = tmp_path / "events.jsonl"
    report(EMPTY, "--query", "Hi", "--events", journal)

    events = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert set(events[0]) == {"seq", "type", "path", "at", "data"}
    assert events[-1]["type"] == "run_succeeded"


def test_a_scripted_model_answers_without_a_network(report, tmp_path, monkeypatch):
    script = tmp_path / "script.yaml"
    script.write_text("reply: 'I heard: {message}'\n")
    monkeypatch.setenv("TREADLE_MODELS", f"scripted:{script}")
    code, ran = report(CHAT, "--query", "Hello")

    assert (code, ran["answer"]) == (0, "I heard: Hello")
    assert ran["usage"]["total_tokens"] > 0


def test_a_run_that_takes_too_long_ends_in_time(report, tmp_path, monkeypatch):
    script = tmp_path / "script.yaml"
    script.write_text("reply: Never.\ndelay_s: 600\n")
    monkeypatch.setenv("TREADLE_MODELS", f"scripted:{script}")
    code, ran = report(CHAT, "--query", "Hello", "--timeout", "0.2")

    assert (code, ran["status"], ran["error"]["code"]) == (1, "timed_out", "run_timed_out")


def test_a_model_that_is_not_set_up_is_an_error_in_words(report, tmp_path):
    file = tmp_path / "flow.yaml"
    file.write_text(
        Path(CHAT).read_text(encoding="utf-8").replace("system:", "model: acme/big\n      system:")
    )
    code, ran = report(file, "--query", "Hello")

    assert (code, ran["error"]["code"]) == (1, "model_missing")


def test_a_file_comes_from_standard_input_too(workflow, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(Path(EMPTY).read_bytes()))
    monkeypatch.setattr(sys, "stdin", stream)

    assert workflow("check", "-")[0] == 0


def test_problems_are_said_where_they_are(workflow, tmp_path):
    file = tmp_path / "flow.yaml"
    file.write_text(
        Path(CHAT).read_text(encoding="utf-8").replace("{{ prompt_1.text }}", "{{ prompt_9.text }}")
    )
    code, out, complaint = workflow("check", file)

    assert (code, out) == (2, "")
    assert "answer_1.text: 'Reply' uses 'prompt_9.text', but there is no step 'prompt_9'." in complaint
    assert "Did you mean 'prompt_1'?" in complaint


@pytest.mark.parametrize("action", ["check", "run"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"treadle: [",
        b"treadle: 1\nname: x\nnodes: {a: {type: start}}\nedges: [a -> a]\n",
        b"treadle: 1\nname: x\nnodes: {a: {type: start, config: {x: .nan, y: 1e999}}}\n",
        b"a: &a [x]\nb: *a\n",
        b"a: " + b"[" * 100_000,
        b"treadle: 1\nname: x\nnodes: {" + b",".join(b"n%d: {type: a}" % i for i in range(10_000)) + b"}\n",
    ],
)
def test_a_bad_file_is_refused_in_words(workflow, tmp_path, action, content):
    file = tmp_path / "bad.yaml"
    file.write_bytes(content)
    code, _, complaint = workflow(action, file)

    assert code == 2
    assert complaint.count("\n") == 1
    assert len(complaint) < 600


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "/nowhere/at/all.yaml"),
        ("run", str(TEMPLATES)),
        ("run", "a\0b"),
        ("run", CHAT, "--pins", "{"),
        ("run", CHAT, "--pins", "[]"),
        ("run", CHAT, "--pins", '{"nobody": {}}'),
        ("run", CHAT, "--pins", "@/nowhere.json"),
        ("run", CHAT, "--pins", '{"prompt_1": NaN}'),
        ("run", CHAT, "--inputs", '{"a": "\\ud800"}'),
        ("run", CHAT, "--inputs", '{"a": ' + "[" * 100_000),
        ("run", CHAT, "--query", "a\0b"),
        ("run", CHAT, "--timeout", "-1"),
        ("run", CHAT, "--timeout", "nan"),
        ("run", EMPTY, "--events", "/nowhere/at/all.jsonl"),
        ("import", "/nowhere/at/all.yaml"),
        ("import", CHAT, "--workspace", "mine"),
    ],
)
def test_a_bad_argument_is_refused_in_words(workflow, arguments):
    code, _, complaint = workflow(*arguments)

    assert code == 2
    assert complaint.endswith(".\n")
    assert complaint.count("\n") == 1


def test_it_runs_in_a_process_of_its_own_without_database_and_redis(tmp_path):
    env = {
        **os.environ,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "TREADLE_DATA": str(tmp_path / "data"),
    }
    ran = subprocess.run(
        [sys.executable, "manage.py", "workflow", "run", EMPTY, "--query", "你好"],
        cwd=TEMPLATES.parents[2],
        env=env,
        capture_output=True,
        check=False,
    )

    assert ran.stderr == b""
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["answer"] == "You wrote: 你好"


def test_an_unknown_action_is_refused(workflow):
    with pytest.raises(CommandError, match="invalid choice"):
        workflow("launch")
