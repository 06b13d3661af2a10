"""Every code that a person may meet has words in every language, and no words stand there for nothing."""

import ast
import json
import re
from pathlib import Path

import pytest

from nodes.sdk.errors import CODES
from workers.engine.stopping import failure_of

ROOT = Path(__file__).parents[1]
WORDS = {
    language: json.loads((ROOT / "frontend" / "src" / "i18n" / language / "errors.json").read_text("utf-8"))
    for language in ("en", "zh")
}
CODE = re.compile(r"[a-z][a-z0-9_]{2,40}")
RAISERS = {"Problem", "problem", "_fault"}  # besides all classes whose name ends with Error


def sources() -> dict[Path, str]:
    files = [file for top in ("backend", "nodes", "workers") for file in (ROOT / top).rglob("*.py")]
    return {file: file.read_text(encoding="utf-8") for file in files}


def codes_of(tree: ast.AST) -> set[str]:
    """What is given as the code of an error: one of its first two arguments, or `code=`."""
    found: set[str] = set()
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
        if not (name.endswith("Error") or name in RAISERS):
            continue
        given = [*call.args[:2], *(keyword.value for keyword in call.keywords if keyword.arg == "code")]
        texts = {one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)}
        found |= {text for text in texts if CODE.fullmatch(text)}
    return found


def codes_in_source() -> set[str]:
    return {code for text in sources().values() for code in codes_of(ast.parse(text))}


def test_codes_are_found_wherever_they_are_raised():
    assert {"nothing_to_settle", "unknown_ref", "bad_variable_default", "not_found"} <= codes_in_source()


@pytest.mark.parametrize("language", WORDS)
def test_every_code_says_what_happened_and_what_to_do(language: str):
    words = WORDS[language]
    codes = {*CODES, *codes_in_source()}

    assert sorted(codes - words.keys()) == []
    assert [
        code for code in sorted(codes) if not (words[code].get("message") and words[code].get("hint"))
    ] == []


def test_no_words_stand_there_for_a_code_that_nobody_raises():
    pages = [file.read_text(encoding="utf-8") for file in (ROOT / "frontend" / "src").rglob("*.ts*")]
    said = set(re.findall(r"""["']([a-z][a-z0-9_]{2,40})["']""", "\n".join([*sources().values(), *pages])))

    assert sorted(WORDS["en"].keys() - said) == []


def test_the_console_knows_when_an_app_that_ended_itself_said_nothing_of_its_own():
    failure = failure_of({"message": "", "status": "failed"})

    assert failure is not None
    shown = (ROOT / "frontend" / "src" / "i18n" / "errorWords.ts").read_text("utf-8")
    assert f'NO_OWN_WORDS = "{failure.message}"' in shown


def test_every_reason_why_a_tool_is_left_out_has_words():
    """On the page of tools; that they are there in each language, its catalogues' own test says."""
    raised = {
        call.args[0].value
        for file, text in sources().items()
        if "tools" in file.parts
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") in ("Unusable", "LeftOut")
        and isinstance(call.args[0], ast.Constant)
    }
    frontend = ROOT / "frontend" / "src"
    words = json.loads((frontend / "i18n" / "en" / "tools.json").read_text("utf-8"))["notice"]
    shown = re.findall(r'^  "(\w+)",$', (frontend / "tools" / "Notices.tsx").read_text("utf-8"), re.MULTILINE)

    assert "tool_too_deep" in raised
    assert raised == words.keys() - {"of"} == set(shown)
