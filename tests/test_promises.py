"""The README promises what a test holds up, and docs/operate/promises.md says which."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RULES = (ROOT / "docs/engine-rules.md").read_text(encoding="utf-8")
PROOFS = (ROOT / "docs/engine-proofs.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs/operate/promises.md").read_text(encoding="utf-8")


def promised() -> list[str]:
    """The bold beginnings of the README's promises."""
    section = README.partition("## What is promised")[2].partition("\n## ")[0]
    return re.findall(r"^- \*\*(.+?)\*\*", section, re.MULTILINE)


def held_up() -> dict[str, list[str]]:
    """Each promise on the page, with its tests."""
    found: dict[str, list[str]] = {}
    promise = ""
    for first, test in re.findall(r"^\| (?:\*\*(.+?)\*\* )?\| `(.+?)` \|$", PAGE, re.MULTILINE):
        promise = first or promise
        found.setdefault(promise, []).append(test)
    return found


def test_every_promise_has_a_test_and_every_tested_one_is_made() -> None:
    assert len(promised()) > 5
    assert promised() == list(held_up())


def test_every_test_that_a_promise_names_is_there() -> None:
    named = [test for tests in held_up().values() for test in tests]

    assert len(named) == PAGE.count("`tests/") - 2  # every row was read; the two others are in the text
    for test in named:
        file, _, name = test.partition("::")
        assert re.search(rf"def {name}\(", (ROOT / file).read_text(encoding="utf-8")), test


def test_every_test_that_a_rule_of_the_engine_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", RULES)
    rows = rows_of(RULES)

    assert len(named) == RULES.count("`tests/") - 1  # the other is this file
    assert len(named) >= len(rows) > 50
    for file, name in named:
        assert is_there(file, name), (file, name)


def test_every_test_that_a_proof_of_the_engine_names_is_there() -> None:
    named = re.findall(r"`((?:tests|frontend)/[\w/.]+)::(.+?)`", PROOFS)
    rows = rows_of(PROOFS)

    assert len(named) == PROOFS.count("`tests/") + PROOFS.count("`frontend/") - 1  # the other is this file
    assert len(named) > len(rows) > 100  # one is in the text
    for file, name in named:
        assert is_there(file, name), (file, name)


def rows_of(page: str) -> list[str]:
    heads = ("| Rule", "| Point", "| Proof", "| ---")
    return [line for line in page.splitlines() if line.startswith("| ") and not line.startswith(heads)]


def is_there(file: str, name: str) -> bool:
    """Whether a file of tests has one of that name: a function, a class of them, or what vitest is told."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return (
        f'("{name}", ' in text
        or re.search(rf"^ *(async )?(def|class) {re.escape(name)}\(", text, re.M) is not None
    )
