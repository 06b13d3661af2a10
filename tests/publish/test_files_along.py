"""Files that replies give along: saved by those they were given to, never opened, and nobody else's."""

import pytest
from django.test import Client
from django.utils import timezone

from backend.files.models import UploadedFile
from backend.files.services import Sender, keep_made, value_of
from backend.knowledge.storage import remove_file
from backend.publish.visitors import COOKIE
from backend.runs.models import Conversation, Run, RunFile
from tests.conftest import body_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]
PNG = b"\x89PNG\r\n\x1a\n..."
PAGE = b"<!doctype html><script>alert(document.cookie)</script>"


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Stored files lie in a folder of the test's own."""
    monkeypatch.setattr("backend.knowledge.storage._root", lambda: tmp_path / "files")


def visitor_at(app):
    """A browser at the app's chat page, and what the server knows the visitor by."""
    client = Client(raise_request_exception=False)
    client.get(f"/c/{app.publication.slug}")
    return client, client.cookies[COOKIE].value.split(":")[0]


def talk(app, audience="visitor", ref="", count=1):
    """Runs of one conversation that have ended."""
    rows = {"workspace_id": app.workflow.workspace_id, "audience": audience, "audience_ref": ref}
    conversation = Conversation.objects.create(workflow=app.workflow, **rows)
    return [
        Run.objects.create(
            workflow=app.workflow,
            version=app.publication.version,
            conversation=conversation,
            turn=turn,
            status="succeeded",
            finished_at=timezone.now(),
            **rows,
        )
        for turn in range(count)
    ]


def made(run, name="report.pdf", content=b"%PDF-1.7"):
    """A file that a step of the run has made."""
    sender = Sender(run.workspace_id, run.workflow_id, run.audience, run.audience_ref)
    return keep_made(sender, name, content, lambda row: RunFile.objects.create(run=run, file=row))


def give(run, *files):
    run.outputs = {"answer": "", "files": [value_of(file) for file in files]}
    run.save(update_fields=["outputs"])


def at_page(app, file):
    return f"/c/{app.publication.slug}/files/{file.pk}"


def test_a_visitor_saves_a_file_that_a_reply_gave_along(shop):
    client, visitor = visitor_at(shop)
    (run,) = talk(shop, ref=visitor)
    report = made(run, 'Bericht "März".pdf')
    give(run, report)

    said = client.get(f"/c/{shop.publication.slug}/conversations/{run.conversation_id}")
    answer = client.get(at_page(shop, report))

    assert said.status_code == 200
    assert (answer.status_code, body_of(answer)) == (200, b"%PDF-1.7")
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert "M%C3%A4rz" in answer["Content-Disposition"]
    assert answer["Content-Length"] == "8"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("x.png", PNG, "image/png"),
        ("x.mp3", b"ID3\x04\x00...", "audio/mpeg"),
        ("x.webm", b"\x1aE\xdf\xa3...", "application/octet-stream"),
        ("x.html", PAGE, "application/octet-stream"),
        ("x.png", PAGE, "application/octet-stream"),
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "application/octet-stream"),
        ("x.pdf", b"%PDF-1.7", "application/octet-stream"),
    ],
)
def test_what_a_file_is_hangs_on_its_content_and_it_can_do_nothing(shop, name, content, kind):
    client, visitor = visitor_at(shop)
    (run,) = talk(shop, ref=visitor)
    file = made(run, name, content)
    give(run, file)

    answer = client.get(at_page(shop, file))

    assert answer["Content-Type"] == kind
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_visitor_has_nothing_that_no_reply_gave_them(shop, garage):
    client, visitor = visitor_at(shop)
    other, other_id = visitor_at(shop)
    run, later = talk(shop, ref=visitor, count=2)
    (theirs,) = talk(shop, ref=other_id)
    (his,) = talk(garage, ref=visitor)
    inner, given, foreign, bobs = made(run), made(run), made(theirs), made(his)
    give(later, given, foreign, bobs)
    give(theirs, foreign)
    give(his, bobs)

    assert client.get(at_page(shop, given)).status_code == 200
    for path in (at_page(shop, inner), at_page(shop, foreign), at_page(shop, bobs), at_page(garage, bobs)):
        assert client.get(path).status_code == 404
    assert other.get(at_page(shop, given)).status_code == 404
    assert other.get(at_page(shop, foreign)).status_code == 200
    assert Client().get(at_page(shop, given)).status_code == 404


def test_a_reply_may_give_back_what_the_visitor_has_sent(shop):
    client, visitor = visitor_at(shop)
    (run,) = talk(shop, ref=visitor)
    sent = made(run, "photo.png", PNG)

    before = client.get(at_page(shop, sent)).status_code
    give(run, sent)

    assert (before, client.get(at_page(shop, sent)).status_code) == (404, 200)


def test_a_key_has_the_files_of_its_app_and_of_no_other(shop, garage):
    (run,), (visited,), (his,) = talk(shop, "key", "1"), talk(shop, ref="v"), talk(garage, "key", "1")
    report, visitors, bobs = made(run), made(visited), made(his)
    give(run, report)
    give(visited, visitors)
    give(his, bobs)

    def by(app, file):
        return Client().get(f"/v1/files/{file.pk}", headers=app.bearer)

    told = Client().get(f"/v1/runs/{run.pk}", headers=shop.bearer).json()

    assert told["files"] == [value_of(report)]
    assert body_of(by(shop, report)) == b"%PDF-1.7"
    assert [by(shop, visitors).status_code, by(shop, bobs).status_code] == [404, 404]
    assert [by(garage, report).status_code, by(garage, bobs).status_code] == [404, 200]
    assert Client().get(f"/v1/files/{report.pk}").status_code == 401


def test_members_save_files_from_a_runs_page(owner, stranger, shop):
    (run, later), (elsewhere,) = talk(shop, ref="v", count=2), talk(shop, ref="w")
    report = made(run)

    def at(one):
        return f"/api/runs/{one.pk}/files/{report.pk}"

    assert body_of(owner.client.get(at(run))) == b"%PDF-1.7"
    assert owner.client.get(at(later)).status_code == 200
    assert owner.client.get(at(elsewhere)).status_code == 404
    assert stranger.client.get(at(run)).status_code == 404


def test_a_file_that_is_gone_from_the_disk_is_not_found(shop):
    (run,) = talk(shop, "key", "1")
    report = made(run)
    remove_file(report.workspace_id, report.file)

    answer = Client().get(f"/v1/files/{report.pk}", headers=shop.bearer)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_a_large_file_comes_whole(shop):
    (run,) = talk(shop, "key", "1")
    content = bytes(range(256)) * 4_000
    report = made(run, "big.bin", content)

    assert body_of(Client().get(f"/v1/files/{report.pk}", headers=shop.bearer)) == content
    assert UploadedFile.objects.get(pk=report.pk).size_bytes == len(content)
