"""Collections and their documents over HTTP, up to the moment a worker would read them."""

import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backend.knowledge import services
from backend.knowledge.models import Chunk, Document, DocumentStatus, Embedding, KnowledgeBase
from backend.knowledge.storage import old_files, open_file, store_file
from backend.knowledge.titles import title_of
from tests.conftest import Person


def make(person: Person, name: str = "Returns") -> str:
    answer = person.client.post("/api/knowledge", {"name": name}, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def upload(person: Person, knowledge_id: str, *files: tuple[str, bytes]):
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return person.client.post(f"/api/knowledge/{knowledge_id}/documents", {"files": sent})


def chunks_of(document: Document, count: int) -> None:
    Chunk.objects.bulk_create(
        Chunk(
            workspace_id=document.workspace_id,
            knowledge_id=document.knowledge_id,
            document=document,
            index=n,
            text=f"piece {n}",
            start=n * 10,
            end=n * 10 + 7,
            words=f"piece {n}",
            hash=f"{n:064x}",
        )
        for n in range(count)
    )


def stored_files() -> list[Path]:
    return [path for path in (Path(settings.TREADLE_DATA) / "files").rglob("*") if path.is_file()]


def test_a_collection_is_made_changed_listed_and_deleted(owner: Person) -> None:
    pk = make(owner)

    changed = owner.client.patch(
        f"/api/knowledge/{pk}", {"name": " Refunds "}, content_type="application/json"
    )
    listed = owner.client.get("/api/knowledge").json()

    assert changed.json()["name"] == "Refunds"
    assert [(one["id"], one["documents"], one["pieces"]) for one in listed["knowledge"]] == [(pk, 0, 0)]
    assert listed["limits"]["file_bytes"] == 50 * 2**20
    assert owner.client.delete(f"/api/knowledge/{pk}").status_code == 204
    assert owner.client.get(f"/api/knowledge/{pk}").status_code == 404


def test_uploaded_files_wait_to_be_read(owner: Person) -> None:
    pk = make(owner)

    answer = upload(owner, pk, ("policy.txt", b"Thirty days."), ("退货.md", "# 退货\n30 天".encode()))

    assert answer.status_code == 201, answer.content
    documents = answer.json()["documents"]
    assert [(d["title"], d["status"], d["progress"], d["error"]) for d in documents] == [
        ("policy.txt", "waiting", 0, None),
        ("退货.md", "waiting", 0, None),
    ]
    row = Document.objects.get(pk=documents[0]["id"])
    with open_file(row.workspace_id, row.file) as file:
        assert file.read() == b"Thirty days."
    assert owner.client.get(f"/api/knowledge/{pk}").json()["working"] == 2
    assert len(owner.client.get(f"/api/knowledge/{pk}/documents").json()["documents"]) == 2


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\Returns.pdf", "Returns.pdf"),
        ("a\x00b\n.txt", "ab.txt"),
        ("in\u202evoice\u200b.pdf", "invoice.pdf"),
        ("..", "document"),
        ("", "document"),
        ("x" * 300 + ".pdf", "x" * 195 + "….pdf"),
    ],
)
def test_a_title_is_the_name_made_harmless(name: str, title: str) -> None:
    assert title_of(name) == title


def test_no_name_of_a_user_becomes_a_path(owner: Person) -> None:
    before = set(stored_files())

    upload(owner, make(owner), ("../../../evil.txt", b"x"))

    (path,) = set(stored_files()) - before
    assert path.parent.parent.name == owner.workspace.pk.hex
    assert "evil" not in str(path)
    with pytest.raises(FileNotFoundError):
        open_file(owner.workspace.pk, "../../secret")


def test_what_cannot_be_taken_is_refused_by_name_and_leaves_nothing(
    owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    pk, before = make(owner), set(stored_files())

    empty = upload(owner, pk, ("good.txt", b"x"), ("empty.txt", b""))
    many = upload(owner, pk, *[(f"{n}.txt", b"x") for n in range(21)])
    monkeypatch.setattr(services, "FILE_MB", 0)
    large = upload(owner, pk, ("large.txt", b"x"))
    monkeypatch.setattr(services, "FILE_MB", 50)
    monkeypatch.setattr(services, "WORKSPACE_MB", 0)
    full = upload(owner, pk, ("one.txt", b"x"))

    assert (empty.status_code, empty.json()["error"]["code"]) == (422, "file_empty")
    assert "empty.txt" in empty.json()["error"]["message"]
    assert (many.status_code, many.json()["error"]["code"]) == (422, "too_many_files")
    assert (large.status_code, large.json()["error"]["code"]) == (413, "file_too_large")
    assert (full.status_code, full.json()["error"]["code"]) == (409, "storage_full")
    assert not Document.objects.exists()
    assert set(stored_files()) == before


def test_files_are_taken_by_that_route_alone(owner: Person) -> None:
    file = SimpleUploadedFile("a.txt", b"x")

    elsewhere = owner.client.post("/api/knowledge", {"name": "x", "file": file})
    as_json = owner.client.post(
        f"/api/knowledge/{make(owner)}/documents", {"files": "/etc/passwd"}, content_type="application/json"
    )

    assert elsewhere.status_code == 415
    assert as_json.status_code == 422


def test_an_upload_needs_the_csrf_token(owner: Person) -> None:
    pk = make(owner)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = owner.client.cookies

    answer = strict.post(f"/api/knowledge/{pk}/documents", {"files": SimpleUploadedFile("a.txt", b"x")})

    assert answer.status_code == 403
    assert not Document.objects.exists()


def test_deleting_reaches_file_pieces_and_vectors(owner: Person, django_capture_on_commit_callbacks) -> None:
    pk = make(owner)
    one, two = upload(owner, pk, ("a.txt", b"a"), ("b.txt", b"b")).json()["documents"]
    first, second = Document.objects.get(pk=one["id"]), Document.objects.get(pk=two["id"])
    chunks_of(first, 3)
    chunks_of(second, 1)  # says the same as the first piece of the other
    Embedding.objects.bulk_create(
        Embedding(workspace=owner.workspace, model="m", hash=f"{n:064x}", vector=b"") for n in range(3)
    )
    revision = KnowledgeBase.objects.get(pk=pk).revision

    with django_capture_on_commit_callbacks(execute=True):
        answer = owner.client.delete(f"/api/knowledge/{pk}/documents/{first.pk}")

    assert answer.status_code == 204
    assert [chunk.document_id for chunk in Chunk.objects.all()] == [second.pk]
    assert [row.hash for row in Embedding.objects.all()] == [f"{0:064x}"]
    assert KnowledgeBase.objects.get(pk=pk).revision > revision
    with pytest.raises(FileNotFoundError):
        open_file(first.workspace_id, first.file)
    with django_capture_on_commit_callbacks(execute=True):
        owner.client.delete(f"/api/knowledge/{pk}")
    assert not Chunk.objects.exists()
    assert not Embedding.objects.exists()
    with pytest.raises(FileNotFoundError):
        open_file(second.workspace_id, second.file)


def test_only_what_failed_is_tried_again(owner: Person) -> None:
    pk = make(owner)
    (sent,) = upload(owner, pk, ("a.txt", b"a")).json()["documents"]
    path = f"/api/knowledge/{pk}/documents/{sent['id']}"

    too_early = owner.client.post(f"{path}/retry")
    Document.objects.filter(pk=sent["id"]).update(
        status=DocumentStatus.FAILED, error={"code": "document_broken", "message": "Torn.", "hint": ""}
    )
    shown = owner.client.get(path).json()
    again = owner.client.post(f"{path}/retry")

    assert (too_early.status_code, too_early.json()["error"]["code"]) == (409, "document_not_failed")
    assert shown["error"] == {"code": "document_broken", "message": "Torn.", "hint": ""}
    assert (again.json()["status"], again.json()["error"]) == ("waiting", None)


def test_pieces_are_shown_around_a_passage(owner: Person) -> None:
    pk = make(owner)
    (sent,) = upload(owner, pk, ("a.txt", b"a")).json()["documents"]
    chunks_of(Document.objects.get(pk=sent["id"]), 30)
    path = f"/api/knowledge/{pk}/documents/{sent['id']}/chunks"
    wanted = Chunk.objects.get(index=15)

    around = owner.client.get(path, {"around": wanted.pk, "limit": 5}).json()
    beginning = owner.client.get(path, {"limit": 2}).json()
    elsewhere = owner.client.get(path, {"around": 999_999})

    assert [chunk["index"] for chunk in around["chunks"]] == [13, 14, 15, 16, 17]
    assert (around["total"], around["around"]) == (30, wanted.pk)
    assert [chunk["index"] for chunk in beginning["chunks"]] == [0, 1]
    assert elsewhere.status_code == 404


def test_the_list_needs_as_many_questions_for_many_as_for_one(
    owner: Person, django_assert_num_queries
) -> None:
    for n in range(3):
        upload(owner, make(owner, f"Collection {n}"), ("a.txt", b"a"))

    with django_assert_num_queries(5):
        listed = owner.client.get("/api/knowledge").json()["knowledge"]

    assert [one["documents"] for one in listed] == [1, 1, 1]


def test_missing_knowledge_is_what_is_deleted_foreign_or_no_id(owner: Person, stranger: Person) -> None:
    mine, theirs, never = make(owner), make(stranger), str(uuid.uuid4())

    missing = services.missing_knowledge(owner.workspace.pk, [mine, theirs, never, "x'; --"])

    assert missing == {theirs, never, "x'; --"}


def test_files_left_behind_by_a_crash_can_be_told(owner: Person) -> None:
    file = store_file(owner.workspace.pk, [b"left"])

    assert (owner.workspace.pk, file.name) in list(old_files(older_than_s=-1))
    assert (owner.workspace.pk, file.name) not in list(old_files(older_than_s=3600))
