"""Cuts a long text where a reader would pause."""

from collections.abc import Iterator, Sequence

_PAUSES = ("\n\n", "\n", ("。", "！", "？", ". ", "! ", "? "), ("，", "；", ", ", "; "), " ")
"""From the best place for a cut to the worst; a cut comes after them."""


def pieces(text: str, size: int) -> list[str]:
    """`text` in pieces of at most `size` characters, none of them blank."""
    return [piece for piece in _pieces(text.strip(), size) if piece]


def _pieces(text: str, size: int) -> Iterator[str]:
    begin = 0
    while len(text) - begin > size:
        end = _cut(text, begin, size)
        yield text[begin:end].strip()
        begin = end
    yield text[begin:].strip()


def _cut(text: str, begin: int, size: int) -> int:
    """Where the piece that begins at `begin` ends: at a pause in its second half, else where it is full."""
    for pause in _PAUSES:
        marks = (pause,) if isinstance(pause, str) else pause
        ends = [
            found + len(mark)
            for mark in marks
            if (found := text.rfind(mark, begin + size // 2, begin + size)) >= 0
        ]
        if ends:
            return max(ends)
    return begin + size


def grouped(texts: Sequence[str], size: int) -> list[str]:
    """`texts` joined, in their order, as long as a group has at most `size` characters."""
    groups: list[str] = []
    for text in texts:
        if groups and len(groups[-1]) + len(text) + 2 <= size:
            groups[-1] += "\n\n" + text
        else:
            groups.append(text)
    return groups
