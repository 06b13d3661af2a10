"""Packs of step types, really installed: good ones are there, a bad one is listed and breaks nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nodes.sdk.catalogue import load_catalogue
from tests.nodes.test_catalogue import WORD_COUNT

ROOT = Path(__file__).parents[2]
GOOD = WORD_COUNT.replace("word_count", "acme_count").replace("WordCount", "AcmeCount")
ODD = """
    i18n = {"zh": {"title": object()}}
"""


def named(name: str, *, more: str = "") -> str:
    body = WORD_COUNT.replace('"word_count"', f'"{name}"')
    return body.replace("\n    class Config", more + "\n    class Config")


PACKS = {
    "good": (GOOD, "acme_good"),
    "class_only": (named("acme_one"), "acme_class_only:WordCount"),
    "import_error": ("import a_library_that_is_not_there", "acme_import_error"),
    "syntax": ("class (", "acme_syntax"),
    "no_module": ("", "acme_nowhere"),
    "no_class": (named("acme_two"), "acme_no_class:Missing"),
    "not_a_node": ("Config = dict", "acme_not_a_node:Config"),
    "nothing": ("x = 1", "acme_nothing"),
    "taken": (WORD_COUNT.replace('"word_count"', '"start"'), "acme_taken"),
    "ports": (
        named("acme_ports", more="\n    @classmethod\n    def ports(cls, config):\n        return 1 / 0\n"),
        "acme_ports",
    ),
    "words": (named("acme_words", more=ODD), "acme_words"),
    "half": (named("acme_half").replace("Counts the words", "Counts \\ud800 words"), "acme_half"),
    "nan": (named("acme_nan").replace('help="', 'ge=float("nan"), help="'), "acme_nan"),
    "leaves": ("raise SystemExit(3)", "acme_leaves"),
    "interrupts": ("raise KeyboardInterrupt", "acme_interrupts"),
    "for_ever": ("import time\nwhile True:\n    time.sleep(0.01)", "acme_for_ever"),
}
REASONS = {
    "import_error": "No module named 'a_library_that_is_not_there'",
    "syntax": "SyntaxError",
    "no_module": "No module named 'acme_nowhere'",
    "no_class": "Missing",
    "not_a_node": "dict is not a Node",
    "nothing": "It defines no node type.",
    "taken": "'start' is already taken",
    "ports": "ZeroDivisionError",
    "words": "cannot be described",
    "half": "surrogates not allowed",
    "nan": "",
    "leaves": "SystemExit",
    "interrupts": "KeyboardInterrupt",
    "for_ever": "not loaded within",
}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder of installed packages, as pip leaves them: modules, and what names the entry points."""
    for name, (text, _) in PACKS.items():
        (tmp_path / f"acme_{name}.py").write_text(text, encoding="utf-8")
    info = tmp_path / "acme_pack-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-pack\nVersion: 1.0\n")
    points = "\n".join(f"{name} = {target}" for name, (_, target) in PACKS.items())
    (info / "entry_points.txt").write_text(f"[treadle.nodes]\n{points}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("nodes.sdk.catalogue.LOADING_S", 0.5)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("acme_")]:
        del sys.modules[name]


def test_good_packs_are_there_and_each_bad_one_is_listed_with_its_reason(installed):
    before = load_catalogue().types
    catalogue = load_catalogue()

    assert {"acme_count", "acme_one"} <= set(catalogue.types)
    assert set(catalogue.broken) == set(REASONS)
    for name, reason in REASONS.items():
        assert reason in catalogue.broken[name], name
        assert str(installed) not in catalogue.broken[name]
    assert catalogue.types["start"].__module__ == "nodes.builtin.start.node"
    assert before.keys() == catalogue.types.keys()
    json.dumps(catalogue.describe(), allow_nan=False, ensure_ascii=False).encode()


def test_a_server_with_bad_packs_starts_and_says_so_to_whoever_asks(installed):
    """A process of its own, as the web server is: it finds the packs by what was installed alone."""
    said = subprocess.run(
        [sys.executable, "-c", SERVER],
        cwd=ROOT,
        env={
            "PYTHONPATH": f"{ROOT}:{installed}",
            "PATH": "",
            "DJANGO_SETTINGS_MODULE": "backend.project.settings",
            "TREADLE_DATA": str(installed / "data"),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answer = json.loads(said.stdout)

    assert {"start", "acme_count"} <= {one["type"] for one in answer["nodes"]}
    assert {one["name"] for one in answer["broken"]} == set(REASONS)
    assert all(one["reason"] for one in answer["broken"])


SERVER = """
import django, nodes.sdk.catalogue as catalogue
catalogue.LOADING_S = 0.5
django.setup()
from backend.workflows.catalogue import rendered_catalogue
print(rendered_catalogue().content.decode())
"""
