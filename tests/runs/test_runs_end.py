"""An accepted run ends, whoever starts it: the bell, or the sweep alone."""

from backend.runs.models import Event, Message
from tests.runs.stack import CHAT, ECHO, Stack


def test_a_message_is_answered(running: Stack):
    run = running.ended(running.say(running.app(CHAT), "Hello"))

    assert (run.status, run.answer) == ("succeeded", "You said: Hello")
    assert run.outputs == {"answer": run.answer}
    assert run.usage["total_tokens"] == run.total_tokens > 0
    assert list(run.conversation.messages.values_list("role", "text", "position")) == [
        ("user", "Hello", 2),
        ("assistant", "You said: Hello", 3),
    ]


def test_events_are_dense_from_one(running: Stack):
    run = running.ended(running.say(running.app(ECHO), "Hello"))

    seqs = list(Event.objects.filter(run=run).order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, run.last_seq + 1))
    assert Message.objects.filter(run=run).count() == 2
