"""The title of an uploaded document: the file's own name, made harmless."""

import re
import unicodedata

MOST = 200
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def title_of(file_name: str) -> str:
    """The last part of a path as a person may read it: no folders, no control or direction characters."""
    name = re.split(r"[\\/]", file_name)[-1]
    seen = "".join(
        c if c != "\t" else " " for c in name if c == "\t" or unicodedata.category(c) not in _UNSEEN
    )
    title = " ".join(unicodedata.normalize("NFC", seen).split()).strip(". ")
    if len(title) > MOST:
        stem, dot, ending = title.rpartition(".")
        title = f"{stem[: MOST - len(ending) - 2]}….{ending}" if dot and len(ending) < 10 else title[:MOST]
    return title or "document"
