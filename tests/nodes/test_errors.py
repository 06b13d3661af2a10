"""Every code that a person may meet has words in every language."""

import json
import pickle
import re
from pathlib import Path

import pytest

from nodes.sdk import NodeError
from nodes.sdk.errors import CODES

ROOT = Path(__file__).parents[2]
WORDS = {
    language: json.loads((ROOT / "frontend" / "src" / "i18n" / language / "errors.json").read_text("utf-8"))
    for language in ("en", "zh")
}
SAID = re.compile(r'(?:Problem|GraphError|_fault)\(\s*"([a-z_]+)"')


def codes_in_source() -> set[str]:
    files = [*(ROOT / "nodes" / "sdk").glob("*.py"), *(ROOT / "nodes" / "builtin").glob("*/*.py")]
    return {code for file in files for code in SAID.findall(file.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("code", sorted({*CODES, *codes_in_source()}))
def test_a_code_has_a_message_and_a_hint(code, language):
    assert WORDS[language][code]["message"]
    assert WORDS[language][code]["hint"]


def test_an_error_may_be_tried_again_as_its_code_says_unless_it_says_otherwise():
    assert NodeError("model_busy", "Busy.").retry
    assert not NodeError("model_auth", "No.").retry
    assert not NodeError("model_busy", "Busy.", retry=False).retry
    assert NodeError("model_auth", "No.", retry=True).retry


def test_an_error_survives_a_process_border():
    error = pickle.loads(pickle.dumps(NodeError("model_busy", "Busy.", "Wait.", retry_after_s=3)))

    assert (error.code, error.message, error.hint, error.retry_after_s) == ("model_busy", "Busy.", "Wait.", 3)
