"""Files that come with a message, at the public doors: who may send one, what is taken, whose it is then."""

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import connections
from django.test import Client
from django.utils import timezone

from backend.files import services
from backend.files.limits import BODY_BYTES
from backend.files.models import UploadedFile
from backend.files.uploads import upload_in
from backend.knowledge.storage import open_file
from backend.project.asgi import application
from backend.publish.faults import public_error
from backend.runs.models import Run, RunStatus, Wait
from backend.workflows.services import delete_workflow
from tests.publish.conftest import echo_graph, offer
from workers.knowledge.housekeeping import forget_unused, remove_orphans

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]
JSON = "application/json"
FROM_PAGE = {"Sec-Fetch-Site": "same-origin"}
FIELDS = [
    {"name": "cv", "label": "Your CV", "type": "file", "accepts": ["document"], "max_mb": 1},
    {"name": "photos", "label": "Photos", "type": "files", "accepts": ["image"], "max_items": 2},
]
PDF = b"%PDF-1.7\n..."
PNG = b"\x89PNG\r\n\x1a\n..."


@pytest.fixture
def office(owner):
    """Anna's app that asks for files."""
    return offer(owner.workspace, "Office", echo_graph(FIELDS), by=owner.user)


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Stored files lie in a folder of the test's own."""
    monkeypatch.setattr("backend.knowledge.storage._root", lambda: tmp_path / "files")


def send(app, name="cv.pdf", content=PDF, mime="application/pdf", path="/v1/files"):
    sent = {"file": SimpleUploadedFile(name, content, mime)}
    return Client().post(path, sent, headers=app.bearer)


def send_by_page(client, app, name="cv.pdf", content=PDF):
    path = f"/c/{app.publication.slug}/files"
    return client.post(path, {"file": SimpleUploadedFile(name, content)}, headers=FROM_PAGE)


def ask(app, **inputs):
    body = {"query": "Hello", "mode": "async", "inputs": inputs}
    return Client().post("/v1/runs", body, content_type=JSON, headers=app.bearer)


def ask_by_page(client, app, **inputs):
    body = {"query": "Hello", "inputs": inputs}
    return client.post(f"/c/{app.publication.slug}/runs", body, content_type=JSON, headers=FROM_PAGE)


def error_of(answer):
    return answer.status_code, answer.json()["error"]["code"]


def test_a_file_is_uploaded_and_named_in_a_run(office):
    sent = send(office)

    assert sent.status_code == 201
    told = sent.json()
    assert set(told) == {"id", "name", "size", "extension", "mime_type", "created_at"}
    assert (told["name"], told["size"], told["extension"]) == ("cv.pdf", len(PDF), "pdf")
    value = {"file_id": told["id"], "name": "cv.pdf", "mime": "application/pdf", "size": len(PDF)}
    for named in (told["id"], {"file_id": told["id"]}, {"upload_file_id": told["id"]}, value):
        run = ask(office, cv=named)
        assert run.status_code == 202, run.content
        assert Run.objects.get(pk=run.json()["id"]).inputs == {"cv": value}
        assert Run.objects.get(pk=run.json()["id"]).files.count() == 1


def test_difys_clients_upload_where_they_look_for_it(office):
    assert send(office, path="/v1/files/upload").status_code == 201


def test_what_a_caller_says_of_a_file_is_not_believed(office):
    told = send(office, content=PNG, mime="application/pdf").json()
    lie = {"file_id": told["id"], "name": "../x", "mime": "application/pdf", "size": 1}

    assert told["mime_type"] == "image/png"
    assert error_of(ask(office, cv=lie)) == (400, "bad_field")


@pytest.mark.parametrize(
    ("name", "content", "kept", "mime"),
    [
        ("../../etc/passwd", b"root", "passwd", "text/plain"),
        ("a\\b\\c.txt", b"x", "c.txt", "text/plain"),
        ("bill.pdf.exe", b"MZ\x00\x01", "bill.pdf.exe", "application/octet-stream"),
        ("page.png", b"<html><script>1</script>", "page.png", "text/plain"),
        ("x\u202efdp.txt", "käse".encode(), "xfdp.txt", "text/plain"),
        ("n" * 300 + ".txt", b"x", None, "text/plain"),
        ("文件.md", "# 你好".encode(), "文件.md", "text/markdown"),
        ("zeros.txt", b"\x00" * 10, "zeros.txt", "application/octet-stream"),
    ],
)
def test_a_hostile_name_is_a_label_and_nothing_else(office, name, content, kept, mime):
    told = send(office, name, content).json()

    assert kept is None or told["name"] == kept
    assert len(told["name"]) <= 200
    assert told["mime_type"] == mime
    row = UploadedFile.objects.get(pk=told["id"])
    with open_file(row.workspace_id, row.file) as file:
        assert file.read() == content


def test_what_cannot_be_taken_is_refused_with_a_code(office, monkeypatch):
    assert error_of(send(office, content=b"")) == (422, "file_empty")
    assert error_of(Client().post("/v1/files", {}, content_type=JSON, headers=office.bearer)) == (
        415,
        "not_multipart",
    )
    assert error_of(Client().post("/v1/files", {"file": "text"}, headers=office.bearer)) == (
        422,
        "missing_field",
    )
    torn = "multipart/form-data; boundary=" + "b" * 300
    assert Client().post("/v1/files", b"--", content_type=torn, headers=office.bearer).status_code == 400
    monkeypatch.setattr(services, "UPLOAD_MB", 0)
    assert error_of(send(office)) == (413, "file_too_large")
    monkeypatch.setattr(services, "UPLOAD_MB", 25)
    monkeypatch.setattr(services, "UPLOADS_MB", 0)
    assert error_of(send(office)) == (409, "storage_full")
    assert UploadedFile.objects.count() == 0
    assert remove_orphans(older_than_s=-1) == 0


def test_an_app_that_asks_for_no_files_takes_none(shop):
    assert error_of(send(shop)) == (409, "no_files_here")
    assert UploadedFile.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "content", "mime"),
    [
        ("cars.txt", b"BMW, from 1990 on", "text/plain"),
        ("ids.csv", b"ID3,ID4\n1,2\n", "text/csv"),
        ("dot.bmp", b"BM\x46\x00\x00\x00\x00\x00", "image/bmp"),
        ("song.mp3", b"ID3\x04\x00\x00", "audio/mpeg"),
        ("dot.gif", b"GIF89a\x01\x00\x01\x00", "image/gif"),
        ("letter.rtf", b"{\\rtf1 Dear Anna}", "application/rtf"),
    ],
)
def test_a_text_that_begins_as_another_kind_of_file_does_is_a_text(office, name, content, mime):
    assert send(office, name, content).json()["mime_type"] == mime


def test_a_question_that_is_open_takes_files_from_whom_it_asks_and_from_nobody_else(shop):
    visitor = Client()
    ask_by_page(visitor, shop).close()
    run = shop.run
    about = {"who": "visitor", "fields": [{"name": "cv", "type": "file"}]}
    wait = Wait(workspace_id=run.workspace_id, run=run, path="ask_human_1", name="answer", attempt=1,
                reason="ask_human", about={**about, "who": "team"}, since=timezone.now())  # fmt: skip
    wait.save()
    for_team = send_by_page(visitor, shop)
    Wait.objects.update(about=about)

    assert error_of(for_team) == (409, "no_files_here")
    assert send_by_page(visitor, shop).status_code == 201
    assert error_of(send_by_page(Client(), shop)) == (409, "no_files_here")
    assert error_of(send(shop)) == (409, "no_files_here")

    Run.objects.filter(pk=run.pk).update(status=RunStatus.CANCELLED, finished_at=timezone.now())
    assert error_of(send_by_page(visitor, shop)) == (409, "no_files_here")


def test_an_input_says_which_files_it_takes(office):
    text, photo = send(office).json()["id"], send(office, "p.png", PNG).json()["id"]
    large = send(office, "l.txt", b"x" * (1024 * 1024 + 1)).json()["id"]
    other = [send(office, f"{n}.png", PNG).json()["id"] for n in range(2)]

    assert ask(office, cv=text, photos=[photo]).status_code == 202
    for wrong in ({"cv": photo}, {"cv": large}, {"photos": [text]}, {"photos": [photo, *other]}):
        assert error_of(ask(office, **wrong)) == (400, "bad_field"), wrong
    for shape in ({"cv": [text]}, {"cv": 5}, {"cv": {}}, {"photos": photo}, {"photos": [[photo]]}):
        assert error_of(ask(office, **shape))[0] == 400, shape


def test_a_file_of_anothers_is_as_if_it_was_not(office, owner, stranger):
    other = offer(owner.workspace, "Other", echo_graph(FIELDS), by=owner.user)
    theirs = offer(stranger.workspace, "Theirs", echo_graph(FIELDS), by=stranger.user)
    ann, ben = Client(), Client()
    anns = send_by_page(ann, office).json()["id"]
    nothing = str(uuid.uuid4())
    foreign = [send(other).json()["id"], send(theirs).json()["id"], anns]

    unknown = ask(office, cv=nothing)
    assert error_of(unknown) == (400, "file_gone")
    for one in [*foreign, "null", "x" * 1000]:
        assert ask(office, cv=one).json() == unknown.json()
    assert error_of(ask_by_page(ben, office, cv=anns)) == (400, "file_gone")
    assert error_of(ask_by_page(ann, office, cv=send(office).json()["id"])) == (400, "file_gone")
    assert Run.objects.count() == 0
    assert ask_by_page(ann, office, cv=anns).status_code == 200


@pytest.mark.parametrize("why", ["unsafe", "broken", "no_text", "not_supported", "too_complex", "locked"])
def test_a_visitor_hears_that_the_file_could_not_be_read_and_nothing_of_the_app(why):
    inner = {"code": f"document_{why}", "message": "Secret plan.pdf", "hint": "", "path": "read_document_1"}

    told = public_error({"status": "failed", "error": inner})

    assert told is not None
    assert told["code"] == "file_unreadable"
    assert "Secret" not in str(told)


def test_a_page_elsewhere_cannot_upload_for_a_visitor(office):
    path = f"/c/{office.publication.slug}/files"
    sent = {"file": SimpleUploadedFile("a.txt", b"x")}

    answer = Client().post(path, sent, headers={"Sec-Fetch-Site": "cross-site"})

    assert error_of(answer) == (403, "other_site")


def test_a_sender_has_room_for_so_many_files_without_a_message(office, monkeypatch):
    monkeypatch.setattr(services, "MOST_UNUSED", 2)
    first = [send(office).json()["id"] for _ in range(2)]

    assert error_of(send(office)) == (429, "too_many_uploads")
    assert ask(office, cv=first[0]).status_code == 202
    assert send(office).status_code == 201


def test_two_uploads_at_once_do_not_share_the_last_room(office, monkeypatch):
    monkeypatch.setattr(services, "MOST_UNUSED", 1)

    def one(_):
        try:
            return send(office).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        codes = sorted(pool.map(one, range(4)))

    assert codes == [201, 429, 429, 429]
    assert UploadedFile.objects.count() == 1
    assert remove_orphans(older_than_s=-1) == 0


def test_files_that_no_run_holds_are_forgotten_and_others_are_kept(office):
    used, unused = send(office).json()["id"], send(office).json()["id"]
    run = ask(office, cv=used)
    rows = UploadedFile.objects.in_bulk()

    assert forget_unused() == 0  # they are young
    assert forget_unused(timedelta(0)) == 1
    assert list(UploadedFile.objects.values_list("pk", flat=True)) == [uuid.UUID(used)]
    assert error_of(ask(office, cv=unused)) == (400, "file_gone")
    with pytest.raises(FileNotFoundError):
        open_file(rows[uuid.UUID(unused)].workspace_id, rows[uuid.UUID(unused)].file)
    assert remove_orphans(older_than_s=-1) == 0  # what a row names stays

    Run.objects.filter(pk=run.json()["id"]).delete()
    assert forget_unused(timedelta(0)) == 1


def test_an_apps_files_go_with_it(office):
    send(office)

    delete_workflow(office.workflow)

    assert UploadedFile.objects.count() == 0
    assert remove_orphans(older_than_s=-1) == 1


def test_a_member_sends_files_to_a_draft_and_uses_only_their_own(office, owner, editor):
    path = f"/api/workflows/{office.workflow.pk}"

    def try_with(person, file_id):
        body = {"query": "Hello", "inputs": {"cv": file_id}}
        return person.client.post(f"{path}/runs", body, content_type=JSON)

    sent = owner.client.post(f"{path}/files", {"file": SimpleUploadedFile("cv.pdf", PDF)})

    assert sent.status_code == 201
    assert try_with(owner, sent.json()["id"]).status_code == 202
    assert error_of(try_with(editor, sent.json()["id"])) == (400, "file_gone")
    assert error_of(try_with(owner, send(office).json()["id"])) == (400, "file_gone")
    empty = owner.client.post(f"{path}/files", {"file": SimpleUploadedFile("cv.pdf", b"")})
    assert error_of(empty) == (422, "file_empty")


def test_a_large_upload_lies_on_the_disk_and_is_copied_in_small_pieces(office, monkeypatch):
    kinds, sizes = [], []

    def seen(request):
        upload = upload_in(request)
        kinds.append(type(request.FILES["file"]))
        return replace(upload, pieces=noted(upload.pieces))

    def noted(pieces):
        for piece in pieces:
            sizes.append(len(piece))
            yield piece

    monkeypatch.setattr("backend.publish.files.upload_in", seen)
    large = b"x" * (8 * 1024 * 1024)

    assert send(office, "large.txt", large).json()["size"] == len(large)
    assert kinds == [TemporaryUploadedFile]
    assert max(sizes) <= 64 * 1024


async def through_the_server(headers, body=b"", *, path="/v1/files", leaves=False):
    """Posts to an upload past every guard, and gives the answer's status; None when there is none."""
    messages = [{"type": "http.request", "body": body, "more_body": leaves}]
    came = iter([*messages, {"type": "http.disconnect"}] if leaves else messages)
    said = []

    async def receive():
        for message in came:
            return message
        await asyncio.sleep(60)

    async def answer(message):
        said.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": raw}
    await application({**scope, "http_version": "1.1", "client": ("127.0.0.1", 1)}, receive, answer)
    return said[0]["status"] if said else None


FORM = "multipart/form-data; boundary=b"


async def test_a_body_is_refused_before_it_is_read_where_it_is_too_large():
    huge = {"host": "localhost", "content-type": FORM, "content-length": str(BODY_BYTES + 1)}

    assert await through_the_server({**huge, "authorization": "Bearer tk_x"}) == 413
    claims_nothing = {**huge, "content-length": str(BODY_BYTES)}
    assert await through_the_server(claims_nothing) == 413
    assert await through_the_server(claims_nothing, path="/a/files") == 413


@pytest.mark.parametrize(
    ("path", "refusal"), [("/v1/files", 401), ("/v1/files/upload", 401), ("/a/files", 404)]
)
async def test_a_body_as_large_as_a_file_may_be_gets_as_far_as_the_key_or_link(path, refusal):
    largest = {"host": "localhost", "content-type": FORM, "content-length": str(BODY_BYTES)}

    assert await through_the_server({**largest, "authorization": "Bearer x"}, path=path) == refusal


@pytest.mark.usefixtures("office")
async def test_an_upload_that_is_cut_off_leaves_nothing():
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhalf'
    headers = {"host": "localhost", "content-type": FORM, "authorization": "Bearer tk_x"}

    assert await through_the_server(headers, part, leaves=True) is None

    assert not await UploadedFile.objects.aexists()
