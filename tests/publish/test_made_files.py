"""What models hear, say and draw in a run, over HTTP: from a recording sent to the files of the reply."""

import json
import urllib.error
import urllib.request

import pytest
from django.test import Client

from backend.accounts.models import Workspace
from backend.files.models import UploadedFile
from backend.runs.models import Run, RunFile
from nodes.sdk.graph import graph_from_json
from nodes.sdk.media_by_script import square_of, tone
from tests.publish.conftest import offer, served
from tests.publish.wire import send
from tests.runs.stack import graph, node

__all__ = ["served"]
pytestmark = [pytest.mark.slow]

SAID = "A lighthouse in the snow"
RECORDING = b"OggS\x00" + SAID.encode()
DRAWN = graph(
    [
        node("start", inputs=[{"name": "note", "label": "Your note", "type": "file", "accepts": ["audio"]}]),
        node("transcribe", file="{{ start_1.note }}"),
        node("draw", words="{{ transcribe_1.text }}", name="{{ transcribe_1.text }}"),
        node("speak", text="{{ transcribe_1.text }}"),
        node("answer", text="{{ transcribe_1.text }}", files=["{{ draw_1.file }}", "{{ speak_1.file }}"]),
    ],
    "start_1 -> transcribe_1",
    "transcribe_1 -> draw_1",
    "draw_1 -> speak_1",
    "speak_1 -> answer_1",
)


def upload(stack, app, content: bytes) -> str:
    mark = "x-y-z"
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="note.ogg"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{mark}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={mark}", **app.bearer}
    request = urllib.request.Request(f"{stack.url}/v1/files", body, headers)
    return json.load(urllib.request.urlopen(request, timeout=60))["id"]


def fetch(stack, path: str, **headers: str):
    return urllib.request.urlopen(urllib.request.Request(stack.url + path, headers=headers), timeout=60)


def test_a_recording_becomes_a_picture_and_a_sound_that_its_own_caller_reads_back(served):
    bakery, garage = (Workspace.objects.create(name=name) for name in ("Anna's bakery", "Bob's garage"))
    app = offer(bakery, "Lighthouse", graph_from_json(DRAWN))
    theirs = offer(garage, "Garage")

    note = upload(served, app, RECORDING)
    body = {"query": "Go", "mode": "wait", "inputs": {"note": note}}
    told = json.load(send(served, "/v1/runs", body, **app.bearer))

    assert (told["status"], told["answer"]) == ("succeeded", SAID), told
    picture, sound = told["files"]
    assert (picture["name"], picture["mime"]) == (f"{SAID}.png", "image/png")
    assert (sound["name"], sound["mime"]) == ("speech.wav", "audio/wav")
    for file, content in ((picture, square_of(SAID)), (sound, tone(len(SAID)))):
        answer = fetch(served, f"/v1/files/{file['file_id']}", **app.bearer)
        assert answer.read() == content
        assert answer.headers["Content-Type"] == file["mime"]
        assert answer.headers["Content-Disposition"].startswith("attachment")
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(served, f"/v1/files/{file['file_id']}", **theirs.bearer)
        assert refused.value.code == 404
    run = Run.objects.get(workflow=app.workflow)
    assert RunFile.objects.filter(run=run).count() == 3
    assert UploadedFile.objects.filter(workspace=bakery).count() == 3
    assert Client().get(f"/v1/files/{picture['file_id']}").status_code == 401
