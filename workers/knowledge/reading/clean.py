"""Removes what no reader sees: zero-width, direction and tag characters, in which text can be hidden."""

from __future__ import annotations

import re

# Joiners between non-Latin letters are spelling (Persian, Hindi) or part of an emoji; they stay there.
_JOINERS = "\u200c\u200d"
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
    f"|(?<![^\\x00-\\x7f])[{_JOINERS}]|[{_JOINERS}](?![^\\x00-\\x7f])"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_HARMLESS = re.compile("[\u00ad\ufeff]")  # a soft hyphen, a byte order mark: nobody hides behind those


def clean(text: str) -> tuple[str, int]:
    """`text` without hidden characters, halves of characters and controls; and how many were hidden ones."""
    text = text.encode("utf-8", "replace").decode()
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    text = _CONTROL.sub(" ", _HARMLESS.sub("", text))
    shown, hidden = _HIDDEN.subn("", text)
    return shown, hidden
