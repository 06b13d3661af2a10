"""Models that hear, speak and draw: what their backends look like, and what of their answers is taken."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Final, Protocol

from nodes.sdk.errors import NodeError
from nodes.sdk.file_types import ENDINGS, HEAD_BYTES, mime_of
from nodes.sdk.models import Made, MediaTask, Recording, Transcript, Usage
from nodes.sdk.tokens import estimate_minutes, estimate_tokens
from workers.models.backend import cannot

TIMEOUT_S: Final = 300.0
"""From the question to the end of the answer: an hour of talk and a large picture take minutes."""
LARGEST: Final = 20_000_000
"""Bytes of a sound or a picture that is taken."""
USUAL_VOICE: Final = "alloy"
"""The voice that OpenAI and those who speak as it does have; the question cannot do without one."""

_DOES: Final[dict[MediaTask, tuple[str, str]]] = {
    "transcription": ("does not write down what is said", "a model that does"),
    "speech": ("does not say texts aloud", "a model that does"),
    "image": ("does not draw pictures", "a model that does"),
}


class MediaBackend(Protocol):
    """One such model behind one door. Failures are NodeErrors with a `model_…` code, `context_too_long`,
    `sound_too_large`, `answer_too_large` or `address_refused`."""

    async def transcribe(self, recording: Recording, *, language: str) -> Transcript: ...

    async def speak(self, text: str, *, voice: str) -> Made: ...

    async def draw(self, words: str, *, size: str) -> Made: ...


def cannot_do(model: str, task: MediaTask) -> NodeError:
    """The error for a model that is asked for what it is not made for."""
    what, instead = _DOES[task]
    return cannot(model, what, instead)


def sound_of(content: bytes) -> str:
    """The type of a sound that browsers play. Raises ValueError for anything else."""
    return _type_of(content, "audio/")


def picture_of(content: bytes) -> str:
    """The type of a picture that browsers show. Raises ValueError for anything else."""
    return _type_of(content, "image/")


def unpacked(text: object) -> bytes:
    """The bytes of a text in base64, alone or within a `data:` address. Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError("no text")
    packed = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return b64decode(packed, validate=True)
    except NotBase64 as error:
        raise ValueError("not base64") from error


def minutes_of(said: object, recording: Recording) -> float:
    """The minutes of a recording: its seconds as the service counted them, else an estimate."""
    if isinstance(said, (int, float)) and not isinstance(said, bool) and 0 < said < 1_000_000:
        return said / 60
    return estimate_minutes(recording)


def counted(usage: object, *, read: str = "", written: str = "") -> Usage:
    """The tokens that the service counted, or about those of what was read and written."""
    said = usage if isinstance(usage, dict) else {}
    found = [said.get(name) for name in ("input_tokens", "output_tokens")]
    if all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in found) and any(found):
        return Usage(prompt_tokens=found[0], completion_tokens=found[1])
    return Usage(estimate_tokens(read), estimate_tokens(written))


def _type_of(content: bytes, kind: str) -> str:
    mime = mime_of(content[:HEAD_BYTES], "")
    if not mime.startswith(kind) or mime not in ENDINGS:
        raise ValueError(f"no {kind}")
    return mime
