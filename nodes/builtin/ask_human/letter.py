"""The letter with the link to a question, in the language of the app."""

from datetime import UTC, datetime

from nodes.sdk.mail import LONGEST_SUBJECT, AnswerLink, one_line

_WORDS = {
    "en": {
        "subject": "{app} asks: {begins}",
        "link": "Answer here:\n{url}\n\n"
        "The link is good for one answer, until {until} (UTC). Whoever has it can answer, so please do not "
        "pass it on.",
    },
    "zh": {
        "subject": "{app} 提问：{begins}",
        "link": "请在这里回答：\n{url}\n\n"
        "此链接只能回答一次，有效期至 {until}（UTC）。持有链接的人都可以回答，请不要转发。",
    },
}
_BEGINS = 80


def subject_of(subject: str, message: str, link: AnswerLink) -> str:
    """The subject as it was written, or one that names the app and begins with the message."""
    said = one_line(subject)
    if not said:
        message = one_line(message)
        begins = message if len(message) <= _BEGINS else f"{message[:_BEGINS].rstrip()}…"
        said = _words(link)["subject"].format(app=one_line(link.app), begins=begins)
    return said[:LONGEST_SUBJECT]


def text_of(text: str, link: AnswerLink, until: datetime) -> str:
    """The text with the link under it."""
    when = until.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    return f"{text.strip()}\n\n{_words(link)['link'].format(url=link.url, until=when)}\n"


def _words(link: AnswerLink) -> dict[str, str]:
    return _WORDS.get(link.language, _WORDS["en"])
