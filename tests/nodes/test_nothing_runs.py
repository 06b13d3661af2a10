"""Reading and checking a workflow runs nothing of it, whatever a stranger wrote into it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.check import check
from nodes.sdk.files import workflow_from_yaml
from nodes.sdk.graph import GraphError

PLAIN = """
treadle: 1
name: Plain
nodes:
  start_1: {type: start, config: {}}
  text_1: {type: template, config: {text: "Hello {{ start_1.query }}"}}
  answer_1: {type: answer, config: {text: "{{ text_1.text }}"}}
edges:
  - start_1 -> text_1
  - text_1 -> answer_1
"""
HOSTILE = [
    'name: !!python/object/apply:os.system ["touch /tmp/owned"]',
    "name: !!python/object/new:subprocess.Popen [[touch, /tmp/owned]]",
    PLAIN.replace("Hello {{ start_1.query }}", "{{ ''.__class__.__mro__[1].__subclasses__() }}"),
    PLAIN.replace("Hello {{ start_1.query }}", "{{ start_1.query.__init__.__globals__ }}"),
    PLAIN.replace("Hello {{ start_1.query }}", "{% import 'os' as os %}{{ os.system('id') }}"),
    PLAIN.replace("Hello {{ start_1.query }}", "{{ cycler.__init__.__globals__.os.popen('id').read() }}"),
    PLAIN.replace("type: template", "type: ../../../../tmp/owned"),
    PLAIN.replace("type: template", "type: os"),
    PLAIN.replace("type: template, config: {text:", "type: tool, config: {url: 'http://127.0.0.1:9/', body:"),
    *(
        PLAIN.replace(
            'type: template, config: {text: "Hello {{ start_1.query }}"}', f"type: code, config: {written}"
        )
        for written in (
            "{language: python, source: \"import os\\nos.system('touch /tmp/owned')\"}",
            "{language: full_python, source: \"__import__('os').system('touch /tmp/owned')\"}",
            '{language: javascript, source: "while (true) {}"}',
        )
    ),
    PLAIN.replace(
        'type: template, config: {text: "Hello {{ start_1.query }}"}',
        "type: sql, config: {kind: sqlite, file: ../owned.db, sql: \"ATTACH '/tmp/owned' AS x\"}",
    ),
]
ACTS = ("exec", "compile", "import", "os.system", "os.fork", "os.exec", "os.posix_spawn", "os.spawn")
ACTS += (
    "subprocess.Popen",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.bind",
    "ctypes.dlopen",
    "pickle.find_class",
)

_seen: list[str] | None = None


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if _seen is not None and (event in ACTS or (event == "open" and arguments[1] not in ("r", "rb", None))):
        _seen.append(f"{event}: {arguments!r}"[:300])


sys.addaudithook(_hear)  # it stays for good, and hears only while something is watched


@contextmanager
def watched() -> Iterator[list[str]]:
    """What is done meanwhile: code that runs, processes that start, files that are written, the network."""
    global _seen
    _seen = []
    try:
        yield _seen
    finally:
        _seen = None


def read_and_check(text: str) -> None:
    try:
        graph = workflow_from_yaml(text).graph
    except GraphError:
        return
    check(graph, load_catalogue())


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """What is imported when first needed is there, so that the rest is what the workflows do."""
    for text in [PLAIN, *HOSTILE]:
        read_and_check(text)


def test_the_plain_one_is_read_and_has_no_problems():
    assert check(workflow_from_yaml(PLAIN).graph, load_catalogue()) == []


def test_the_watch_hears_code_that_runs():
    with watched() as seen:
        exec("1 + 1")

    assert any(one.startswith("exec") for one in seen)


@pytest.mark.parametrize("text", [PLAIN, *HOSTILE], ids=range(len(HOSTILE) + 1))
def test_nothing_of_a_workflow_runs_when_it_is_read_and_checked(text: str):
    with watched() as seen:
        read_and_check(text)

    assert seen == []
