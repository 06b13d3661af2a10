"""What is looked for in a text: some words, or a pattern, in time that grows with the text and no faster."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from nodes.sdk.errors import NodeError
from nodes.sdk.filters import MAX_RESULT

MAX_PATTERN: Final = 1_000
MAX_FOUND: Final = 10_000
_MEMORY: Final = 8 * 1024 * 1024


class PatternFault(Exception):
    """A pattern that cannot be read; the message says why."""


@lru_cache(maxsize=256)
def looked_for(what: str, is_pattern: bool, ignores_case: bool) -> Any:
    """A compiled RE2 pattern. It knows no look-around and no back references, and so never takes long.

    Raises PatternFault.
    """
    import re2

    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    options.case_sensitive = not ignores_case
    try:
        return re2.compile(what if is_pattern else re2.escape(what), options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        raise PatternFault(
            said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        ) from None


def find(pattern: Any, text: str) -> tuple[list[str], list[dict[str, Any]]]:
    """What is found, from left to right, at most MAX_FOUND: the texts, and for each its named parts.

    Where the pattern has one part in brackets without a name, that is what is found.
    """
    found: list[str] = []
    parts: list[dict[str, Any]] = []
    named = bool(pattern.groupindex)
    inner = 1 if pattern.groups == 1 and not named else 0
    for match in pattern.finditer(text):
        if len(found) == MAX_FOUND:
            break
        found.append(match.group(inner) or "")
        if named:
            parts.append(match.groupdict())
    return found, parts


def replace(pattern: Any, text: str, instead: str, is_pattern: bool) -> tuple[str, int]:
    """`text` with everything found replaced, and how often; in a pattern's, \\1 is its first part.

    Raises NodeError("bad_config") where that grows beyond bounds, or has no such part.
    """
    pieces: list[str] = []
    at = length = count = 0
    for match in pattern.finditer(text):
        new = _expanded(match, instead) if is_pattern else instead
        pieces += [text[at : match.start()], new]
        length += match.start() - at + len(new)
        if length > MAX_RESULT:
            raise NodeError(
                "bad_config",
                f"The text would have more than {MAX_RESULT:,} characters.",
                "Replace less, or by something shorter.",
            )
        at, count = match.end(), count + 1
    return "".join([*pieces, text[at:]]), count


def _expanded(match: Any, instead: str) -> str:
    pieces = instead.split("\\")
    said = [pieces[0]]
    rest = iter(pieces[1:])
    for piece in rest:
        if piece and piece[0].isascii() and piece[0].isdigit():
            number = int(piece[0])
            if number > match.re.groups:
                raise NodeError(
                    "bad_config",
                    f"The pattern has no part number {number}.",
                    "Put what you want to keep in brackets, and count those from the left.",
                )
            said += [match.group(number) or "", piece[1:]]
        elif piece == "":
            said += ["\\", next(rest, "")]
        else:
            said += ["\\", piece]
    return "".join(said)
