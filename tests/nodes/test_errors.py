"""Errors of nodes: what may be tried again, and how they travel."""

import pickle
import re
from pathlib import Path

import pytest

from nodes.sdk import NodeError
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.describe import describe_type, node_folder
from nodes.sdk.errors import ANYWHERE, CODES, MODEL_ERRORS, PICTURE_ERRORS, SETTINGS, SOUND_ERRORS, WEB_ERRORS
from nodes.sdk.mail import MAIL_ERRORS
from nodes.sdk.yaml_text import read_yaml

ROOT = Path(__file__).parents[2]
TYPES = load_catalogue().types
RAISED = re.compile(r"NodeError\(\s*\"(\w+)\"")


def raised_in(*files: Path) -> set[str]:
    return {code for file in files for code in RAISED.findall(file.read_text(encoding="utf-8"))}


def test_an_error_may_be_tried_again_as_its_code_says_unless_it_says_otherwise():
    assert NodeError("model_busy", "Busy.").retry
    assert not NodeError("model_auth", "No.").retry
    assert not NodeError("model_busy", "Busy.", retry=False).retry
    assert NodeError("model_auth", "No.", retry=True).retry


def test_an_error_survives_a_process_border():
    error = pickle.loads(pickle.dumps(NodeError("model_busy", "Busy.", "Wait.", retry_after_s=3)))

    assert (error.code, error.message, error.hint, error.retry_after_s) == ("model_busy", "Busy.", "Wait.", 3)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_a_type_says_all_errors_that_it_may_end_with(name):
    said, folder = TYPES[name].fails_with, node_folder(TYPES[name])
    assert folder is not None
    raised = raised_in(*folder.glob("*.py"))
    raised |= {
        example["error"]
        for example in read_yaml((folder / "examples.yaml").read_text(encoding="utf-8"))
        if "error" in example
    }

    if said is None:
        assert describe_type(TYPES[name])["errors"] is None
        return
    assert raised - SETTINGS <= set(said)
    assert set(said) | set(ANYWHERE) <= set(CODES)
    assert describe_type(TYPES[name])["errors"] == ([*said, *ANYWHERE] if said else [])


def test_the_groups_of_errors_hold_all_that_asking_a_model_or_the_web_raises():
    models = raised_in(ROOT / "workers/models/failures.py", ROOT / "workers/models/router.py")
    web = raised_in(*(ROOT / "workers/outgoing").glob("*.py"))

    assert {"model_busy", "model_auth"} <= models
    assert {"address_refused", "answer_too_large"} <= web
    assert models - SETTINGS <= {*MODEL_ERRORS, *PICTURE_ERRORS, *SOUND_ERRORS, "address_refused"}
    assert web - SETTINGS <= {*WEB_ERRORS, *ANYWHERE, *MAIL_ERRORS, *(TYPES["sql"].fails_with or ())}
    assert {code for code in CODES if code.startswith("http_")} <= set(WEB_ERRORS)


def test_whatever_keeps_a_file_from_being_read_is_a_code_of_an_error():
    reader = [ROOT / "workers/knowledge/reader.py", *(ROOT / "workers/knowledge/reading").glob("*.py")]
    codes = {code for file in reader for code in re.findall(r"\"(document_\w+)\"", file.read_text("utf-8"))}

    assert "document_locked" in codes
    assert codes <= set(CODES)
