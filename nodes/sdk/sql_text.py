"""What can be seen of a query without a database: its first word, and the values that it has places for.

Values are bound, never written into the text: should a place be read wrongly here, the database refuses the
query, and nothing else can come of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

READS: Final = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "SHOW", "EXPLAIN"})
CHANGES: Final = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"})
"""The words with which a query that reads, or changes what stands in tables, begins."""

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}\Z")

_PIECES: Final = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
  | (?P<quoted>
        [eE]'(?:[^'\\]|\\.|'')*'?          # PostgreSQL's strings with backslashes
      | '(?:[^']|'')*'?
      | "(?:[^"]|"")*"?
      | \$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z)
    )
  | (?P<cast> :: )
  | (?<![\w:]) : (?P<value> [A-Za-z_]\w* )
  | (?P<word> \w+ )
    """,
    re.VERBOSE | re.DOTALL,
)


def first_word(sql: str) -> str:
    """The word that a query begins with, in capitals; "" when it has none."""
    return next((found["word"].upper() for found in _pieces(sql) if found["word"]), "")


def places_in(sql: str) -> list[str]:
    """The names for which a query has places, such as `:city`, each once, in their order."""
    return list(dict.fromkeys(found["value"] for found in _pieces(sql) if found["value"]))


def numbered(sql: str) -> tuple[str, list[str]]:
    """The query with `$1`, `$2`, … for its places, and whose value each of them is."""
    names = places_in(sql)
    text: list[str] = []
    done = 0
    for found in _pieces(sql):
        if found["value"]:
            text += sql[done : found.start()], f"${names.index(found['value']) + 1}"
            done = found.end()
    return "".join([*text, sql[done:]]), names


def _pieces(sql: str) -> Iterator[re.Match[str]]:
    return _PIECES.finditer(sql)
