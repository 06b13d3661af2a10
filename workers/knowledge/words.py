"""Cuts text into words for the keyword search: the same way for documents and for questions.

Chinese is cut by jieba, English words are reduced to their stems, Thai and Japanese kana go by pairs of
characters. jieba's dictionary takes a second to load, so it is loaded with the first Chinese text.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, BinaryIO

import snowballstemmer

LONGEST_WORD = 40
_RUNS = re.compile(
    r"(?P<han>[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)"
    r"|(?P<pairs>[\u3040-\u30ff\u0e00-\u0e7f\u1000-\u109f\u1780-\u17ff]+)"
    r"|(?P<word>[^\W_]+(?:['’][^\W_]+)*)"
)
_STEMMER = snowballstemmer.stemmer("english")
# So common that they say nothing about what a text is about.
COMMON = frozenset(
    "a an and are as at be been by can could did do does for from had has have he her his "  # noqa: SIM905
    "how i if in into is it its me my no not of on or our she should so than that the "
    "their them then there these they this those to was we were what when where which "
    "while who whom why will with would you your "
    "的 了 是 在 和 与 有 就 都 而 及 或 也 很 吗 呢 啊 吧 把 被 让 给 这 那 个 我 你 他 她 它 们 "
    "我们 你们 他们 什么 怎么 怎样 "
    "如何 哪 哪些 哪个 哪里 谁 为 为什么 多少 请 请问 一个 可以 能".split()
)


def words_of(text: str) -> list[str]:
    """The words of `text` in order, small, without the most common ones."""
    return [word for word in _words(unicodedata.normalize("NFKC", text).lower()) if word not in _COMMON_STEMS]


def _words(text: str) -> Iterator[str]:
    for run in _RUNS.finditer(text):
        if run["word"]:
            word = run["word"].replace("’", "'")
            if word.isascii() and word not in COMMON:
                word = _stem(word)
            yield word.replace("'", "")[:LONGEST_WORD]
        elif run["han"]:
            yield from _chinese(run["han"])
        else:
            pairs = run["pairs"]
            yield from (pairs[i : i + 2] for i in range(max(1, len(pairs) - 1)))


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return _STEMMER.stemWord(word)


_COMMON_STEMS = COMMON | {_stem(word) for word in COMMON}


def _chinese(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
        return
    for word in _cutter().cut_for_search(run):
        yield word[:LONGEST_WORD]


_lock = threading.Lock()
_jieba: Any = None
_dictionary: BinaryIO | None = None


def open_dictionary() -> None:
    """Opens the dictionary without reading it, for a process that may open nothing later."""
    global _dictionary
    import jieba
    import jieba.finalseg

    _dictionary = jieba.get_dict_file()


def _cutter() -> Any:
    """jieba, without its cache: that is a file in the shared temp folder which anybody may have put there."""
    global _jieba
    with _lock:
        if _jieba is None:
            import jieba

            cutter = jieba.Tokenizer()
            cutter.FREQ, cutter.total = cutter.gen_pfdict(_dictionary or jieba.get_dict_file())
            cutter.initialized = True
            _jieba = cutter
    return _jieba
