"""`manage.py workflow export` and `import`: from an app to a file and back."""

import json
import uuid
from pathlib import Path

import pytest
from django.core.management import call_command

from backend.accounts.models import Workspace
from backend.workflows.models import Workflow
from workers.management.commands.workflow import Command

TEMPLATES = Path(__file__).parents[2] / "backend" / "workflows" / "templates"
EMPTY = TEMPLATES / "empty.yaml"

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow(capsys):
    def run(*arguments):
        code = 0
        try:
            call_command(Command(), *map(str, arguments))
        except SystemExit as stopped:
            code = stopped.code
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_a_file_becomes_an_app_and_comes_out_as_it_went_in(workflow, workspace):
    code, out, _ = workflow("import", EMPTY)
    said = json.loads(out)
    app = Workflow.objects.for_workspace(workspace).get()

    assert code == 0
    assert said == {"app_id": str(app.pk), "chat_url": None, "api_key": None}
    for name in (app.pk, app.slug):
        code, text, _ = workflow("export", name)
        assert code == 0
        assert "text: 'You wrote: {{ start_1.query }}'" in text
        assert text == workflow("export", name)[1]


def test_an_imported_file_can_be_published_in_one_go(workflow, workspace):
    code, out, _ = workflow("import", EMPTY, "--publish")
    said = json.loads(out)

    assert code == 0
    assert said["chat_url"].startswith("http")
    assert "/c/" in said["chat_url"]
    assert len(said["api_key"]) > 30


def test_where_there_are_several_workspaces_one_must_be_named(workflow, workspace):
    other = Workspace.objects.create(name="Bob's garage")

    code, _, complaint = workflow("import", EMPTY)
    assert (code, complaint.count("--workspace")) == (2, 1)
    assert workflow("import", EMPTY, "--workspace", other.pk)[0] == 0
    assert Workflow.objects.for_workspace(other).count() == 1
    assert Workflow.objects.for_workspace(workspace).count() == 0


def test_an_app_of_another_workspace_is_not_exported(workflow, workspace):
    other = Workspace.objects.create(name="Bob's garage")
    said = json.loads(workflow("import", EMPTY, "--workspace", other.pk)[1])

    code, out, complaint = workflow("export", said["app_id"], "--workspace", workspace.pk)

    assert (code, out) == (2, "")
    assert "no app" in complaint


@pytest.mark.parametrize("name", ["nothing", uuid.uuid4()])
def test_an_app_that_is_not_there_is_said_so(workflow, workspace, name):
    assert workflow("export", name)[0] == 2


def test_without_a_workspace_nothing_is_imported(workflow):
    code, _, complaint = workflow("import", EMPTY)

    assert code == 2
    assert "no such workspace" in complaint
