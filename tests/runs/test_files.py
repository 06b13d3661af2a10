"""Files of a run on the real stack: what a step may read of them, and what nobody's run may."""

from uuid import uuid4

import pytest
from django.db import transaction

from backend.files.models import UploadedFile
from backend.files.services import Sender, keep_upload
from backend.knowledge.services import Upload
from backend.publish.services import publish_workflow
from backend.runs.inputs import check_inputs, hold_files
from backend.runs.models import Blob, Conversation, Event, Run
from backend.workflows.asked import input_fields
from backend.workflows.models import Version
from tests.knowledge.files import docx, paragraph, pdf, zip_bomb
from tests.runs.stack import Stack, graph, node

ASKS = [
    {"name": "paper", "type": "file"},
    {"name": "papers", "type": "files"},
    {"name": "any", "type": "object"},
]


def reads(what: str) -> dict:
    """An app that says what is in a file."""
    nodes = [
        node("start", inputs=ASKS),
        node("read_document", files=f"{{{{ start_1.{what} }}}}"),
        node("answer", text="{{ read_document_1.text }}"),
    ]
    return graph(nodes, "start_1 -> read_document_1", "read_document_1 -> answer_1")


def sender_of(version: Version, ref: str = "anna") -> Sender:
    return Sender(version.workspace_id, version.workflow_id, "member", ref)


def upload(version: Version, name: str, content: bytes, ref: str = "anna") -> UploadedFile:
    pieces = (content[at : at + 65536] for at in range(0, len(content), 65536))
    return keep_upload(sender_of(version, ref), Upload(name, len(content), pieces))


def say(stack: Stack, version: Version, conversation: Conversation | None = None, **inputs) -> Run:
    fields = input_fields(version.graph)
    with transaction.atomic():  # as every door does
        inputs = check_inputs(fields, inputs, sender_of(version))
        run = stack.say(version, "Hello", conversation, inputs=inputs)
        hold_files(run, fields)
    return run


def value_of(row: UploadedFile) -> dict:
    return {"file_id": str(row.pk), "name": row.name, "mime": row.mime, "size": row.size_bytes}


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("cv.docx", docx(paragraph("Ten years of baking.")), "Ten years of baking."),
        ("cv.pdf", pdf("Ten years of baking."), "Ten years of baking."),
        ("cv.pdf.exe", "# Beruf\n\nBäcker 面包师".encode(), "# Beruf\n\nBäcker 面包师"),
    ],
)
def test_a_file_is_read_as_what_it_is(running: Stack, name: str, content: bytes, text: str):
    version = running.app(reads("paper"))

    ended = running.ended(say(running, version, paper=str(upload(version, name, content).pk)))

    assert ended.status == "succeeded", ended.error
    assert ended.answer == text


def test_what_cannot_be_read_fails_with_a_reason(running: Stack):
    version = running.app(reads("paper"))
    hostile = {
        "bomb.docx": (zip_bomb(), "document_unsafe"),
        "cut.pdf": (pdf("Hello")[:100], "document_broken"),
        "photo.txt": (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "document_not_supported"),
    }

    for name, (content, code) in hostile.items():
        ended = running.ended(say(running, version, paper=str(upload(version, name, content).pk)))
        assert ended.status == "failed"
        assert ended.error["code"] == code
        assert name in ended.error["message"]


def test_a_run_reads_its_own_files_and_those_of_its_conversation_alone(running: Stack):
    version = running.app(reads("any"))
    first = upload(version, "first.txt", b"of an earlier message")
    never = upload(version, "never.txt", b"sent with no message")
    bens = upload(version, "ben.txt", b"Ben's secret", "ben")
    elsewhere = upload(running.app(reads("any")), "other.txt", b"of another app")
    said = running.ended(say(running, version, paper=str(first.pk), any=value_of(first)))
    nothing = {**value_of(bens), "file_id": str(uuid4())}

    again = running.ended(say(running, version, said.conversation, any=value_of(first)))
    assert (said.answer, again.answer) == ("of an earlier message", "of an earlier message")
    strangers = [never, bens, elsewhere]
    outside = [running.ended(say(running, version, any=value_of(first)))]
    outside += [running.ended(say(running, version, any=value_of(one))) for one in strangers]
    outside.append(running.ended(say(running, version, any=nothing)))
    assert [run.error["code"] for run in outside] == ["file_gone"] * 5


def test_an_app_gives_a_file_to_another_one_that_reads_it(running: Stack):
    inner = publish_workflow(workflow=running.app(reads("paper")).workflow, by=None, with_key=False).version
    step = node("sub_workflow", workflow=str(inner.workflow_id), inputs={"paper": "{{ start_1.paper }}"})
    nodes = [node("start", inputs=ASKS), step, node("answer", text="{{ sub_workflow_1.answer }}")]
    outer = running.app(graph(nodes, "start_1 -> sub_workflow_1", "sub_workflow_1 -> answer_1"))

    ended = running.ended(say(running, outer, paper=str(upload(outer, "a.txt", b"900 euros").pk)))

    assert ended.answer == "900 euros", ended.error


PICTURE = b"\x89PNG\r\n\x1a\n" + b"a picture of a cat " * 10


def test_a_model_is_shown_the_picture_that_was_sent_and_the_journal_never_holds_it(stack: Stack):
    stack.script('reply: "I see {pictures}."')
    stack.start_worker()
    nodes = [
        node("start", inputs=ASKS),
        node("prompt", user="What is this?", looks_at="sent"),
        node("answer", text="{{ prompt_1.text }}"),
    ]
    version = stack.app(graph(nodes, "start_1 -> prompt_1", "prompt_1 -> answer_1"))
    row = upload(version, "cat.png", PICTURE)

    ended = stack.ended(say(stack, version, papers=[str(row.pk)]))

    assert ended.answer == f"I see cat.png ({len(PICTURE)} bytes).", ended.error
    journal = [str(event) for event in Event.objects.filter(run=ended).values()]
    journal += [blob.body for blob in Blob.objects.for_workspace(version.workspace_id)]
    assert any(str(row.pk) in fact for fact in journal)
    assert not any("picture of a cat" in fact or "YSBwaWN0dXJl" in fact for fact in journal)


def test_a_model_reads_documents_before_it_answers(stack: Stack):
    stack.script('reply: "{message}"')
    stack.start_worker()
    nodes = [
        node("start", inputs=ASKS),
        node("prompt", user="How long?", files="{{ start_1.paper }}"),
        node("answer", text="{{ prompt_1.text }}"),
    ]
    version = stack.app(graph(nodes, "start_1 -> prompt_1", "prompt_1 -> answer_1"))
    row = upload(version, "cv.docx", docx(paragraph("Ten years of baking.")))

    ended = stack.ended(say(stack, version, paper=str(row.pk)))

    assert ended.answer == "# cv.docx\n\nTen years of baking.\n\nHow long?", ended.error
