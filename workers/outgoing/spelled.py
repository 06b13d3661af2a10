"""Finds a secret's value in what a server says, in the spellings in which servers repeat things."""

from __future__ import annotations

import base64
import html
import re

MASK = "***"


class Spelled:
    """One value: as it is, percent-encoded, in JSON or HTML, each sign by itself; in base64 and in hex."""

    def __init__(self, value: str) -> None:
        self.value = value
        self._plain = (value, value.encode().hex(), *_in_base64(value))
        # Letters and digits are the same in every spelling, so most values need no pattern at all.
        pattern = "".join(c if c.isalnum() else _any_spelling(c) for c in value)
        self._pattern = None if pattern == value else (re.compile(pattern), re.compile(pattern.encode()))

    def is_in(self, text: str) -> bool:
        """Whether the value stands in `text`."""
        return self.masked(text) != text

    def masked(self, text: str) -> str:
        """`text` with *** for the value."""
        for plain in self._plain:
            text = text.replace(plain, MASK)
        return text if self._pattern is None else self._pattern[0].sub(MASK, text)

    def masked_bytes(self, body: bytes) -> bytes:
        """`body` with *** for the value; in UTF-16 too."""
        for plain in self._plain:
            body = body.replace(plain.encode(), MASK.encode())
        if self._pattern is not None:
            body = self._pattern[1].sub(MASK.encode(), body)
        for code in ("utf-16-le", "utf-16-be") if b"\0" in body else ():
            text = body.decode(code, "replace")
            masked = self.masked(text)
            if masked != text:
                body = masked.encode(code)
        return body


def _any_spelling(sign: str) -> str:
    code = f"{ord(sign):02x}"
    spellings = [
        re.escape(sign),
        rf"\\{re.escape(sign)}",  # JSON: \" \\ \/
        rf"\\u00(?i:{code})",
        rf"%(?:25)?(?i:{code})",
        rf"&#0*{ord(sign)};",
        rf"&#[xX]0*(?i:{code});",
        re.escape(html.escape(sign)),
    ]
    if sign == " ":
        spellings.append(r"\+")
    return f"(?:{'|'.join(dict.fromkeys(reversed(spellings)))})"  # the longest first


def _in_base64(value: str) -> set[str]:
    """Of the base64 of anything that holds the value, the signs that depend on the value alone.

    They differ by where in a group of three bytes the value begins.
    """
    forms = set[str]()
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + value.encode()).decode()
        core = encoded[(shift * 8 + 5) // 6 : (shift + len(value)) * 8 // 6]
        forms |= {core, core.replace("+", "-").replace("/", "_")}
    return forms
