"""A file that a step fetched from the web, in whole runs: it is read, sent on, and nobody else's."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from backend.files.models import UploadedFile
from backend.knowledge.storage import open_file
from backend.runs.models import Event, Run, RunFile
from tests.knowledge.files import docx, paragraph
from tests.retention.old_runs import clear
from tests.runs.stack import Stack, graph, migrated_data, node, stack

__all__ = ["migrated_data", "stack"]
pytestmark = pytest.mark.slow

PAGE = b"<html><title>Rye</title><nav>Menu</nav><main><h1>Bread</h1><p>It keeps.</p></main><p>Shops</html>"
PAPER = docx(paragraph("Ten years of baking."))


class Archive:
    """Gives one paper, and keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        archive = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(PAGE if self.path == "/page" else PAPER)

            def do_PUT(self) -> None:
                archive.sent.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.answer(b"")

            def answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Disposition", 'attachment; filename="../cv.docx"')
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.place = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def archive() -> Iterator[Archive]:
    archive = Archive()
    yield archive
    archive.server.shutdown()
    archive.server.server_close()


def test_a_file_from_the_web_is_of_its_run_alone_and_goes_with_it(stack: Stack, archive: Archive) -> None:
    stack.start_redis()
    stack.start_worker(TREADLE_ALLOWED_HOSTS_PRIVATE=archive.place)
    address = f"http://{archive.place}/cv"
    nodes = [
        node("start", inputs=[{"name": "any", "type": "object"}]),
        node("http", 1, address=address, read="file"),
        node("read_document", files="{{ http_1.file }}"),
        node("http", 2, method="PUT", address=address, body="file", file="{{ http_1.file }}"),
        node("web_page", address=f"http://{archive.place}/page"),
        node("answer", text="{{ read_document_1.text }}"),
    ]
    version = stack.app(
        graph(
            nodes,
            "start_1 -> http_1",
            "http_1 -> read_document_1",
            "read_document_1 -> http_2",
            "http_2 -> web_page_1",
            "web_page_1 -> answer_1",
        )
    )

    ended = stack.ended(stack.say(version, "Fetch it"))

    assert ended.status == "succeeded", (ended.error, stack.log_tail())
    assert ended.answer == "Ten years of baking."
    assert archive.sent == [PAPER]
    file = UploadedFile.objects.for_workspace(version.workspace_id).get()
    assert (file.name, file.workflow_id, file.audience, file.audience_ref) == (
        "cv.docx",
        version.workflow_id,
        ended.audience,
        ended.audience_ref,
    )
    assert list(RunFile.objects.filter(file=file).values_list("run_id", flat=True)) == [ended.pk]
    value = Event.objects.get(run=ended, type="node_succeeded", path="http_1").data["output"]["file"]
    assert value["size"] == len(PAPER)
    page = Event.objects.get(run=ended, type="node_succeeded", path="web_page_1").data["output"]
    assert (page["title"], page["text"], page["is_cut"]) == ("Rye", "# Bread\n\nIt keeps.", False)

    reader = [
        node("start", inputs=[{"name": "any", "type": "object"}]),
        node("read_document", files="{{ start_1.any }}"),
    ]
    theirs = stack.app(graph(reader, "start_1 -> read_document_1"))
    other = stack.ended(stack.say(theirs, "Read it", inputs={"any": value}))
    assert other.error["code"] == "file_gone"

    Run.objects.filter(pk=ended.pk).update(finished_at=timezone.now() - timedelta(days=30))
    clear(version.workspace_id, runs_days=7)

    assert not UploadedFile.objects.filter(pk=file.pk).exists()
    with pytest.raises(FileNotFoundError):
        open_file(version.workspace_id, file.file)
