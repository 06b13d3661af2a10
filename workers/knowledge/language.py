"""Which language a document is in, as far as its letters and commonest words tell: no model is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

LOOKED_AT = 20_000
"""Characters from the beginning of a document that are looked at."""
_ENOUGH = 20
_SCRIPTS = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "zh": re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
}
_LATIN_WORD = re.compile(r"[a-zà-öø-ÿœ]+")
# Words that are common in one of these languages and rare in the others.
_TELLING = {
    "en": "the and of is that with for this are you was from have not which will they",
    "de": "der und ist das nicht mit ein eine auf für sich dem auch werden wird sind",
    "fr": "le les des est une dans pour que qui pas vous sur avec sont nous aux",
    "es": "el los las que una por con para del como más pero sus este esta son",
    "pt": "não uma os para com que mais dos das pelo pela são você seu em",
    "it": "il che di per una non sono con del della gli anche questo più nel",
    "nl": "de het een van en niet dat zijn met voor op ook aan bij worden",
}
_OF_WORD: dict[str, list[str]] = {}
for _language, _words in _TELLING.items():
    for _word in _words.split():
        _OF_WORD.setdefault(_word, []).append(_language)


def language_of(texts: Iterable[str]) -> str:
    """The code of a language such as "en" or "zh"; empty where it cannot be told."""
    text = _beginning(texts)
    letters = sum(character.isalpha() for character in text)
    if letters < _ENOUGH:
        return ""
    seen = {language: len(script.findall(text)) for language, script in _SCRIPTS.items()}
    if seen["ja"] > 0.05 * letters:  # Japanese is written with Chinese characters too
        return "ja"
    # One Chinese character says about as much as three letters.
    language, most = max(seen.items(), key=lambda one: one[1])
    if most * 3 > letters - most:
        return language
    return _by_words(text)


def _by_words(text: str) -> str:
    words = _LATIN_WORD.findall(text.casefold())
    known = Counter(language for word in words for language in _OF_WORD.get(word, ()))
    ranked = known.most_common(2)
    if not ranked or ranked[0][1] < max(3, 0.08 * len(words)):
        return ""
    is_clear = len(ranked) == 1 or ranked[0][1] > 1.3 * ranked[1][1]
    return ranked[0][0] if is_clear else ""


def _beginning(texts: Iterable[str]) -> str:
    parts: list[str] = []
    room = LOOKED_AT
    for text in texts:
        parts.append(text[:room])
        room -= len(text)
        if room <= 0:
            break
    return "\n".join(parts)
