"""Documents are read in the background, survive what happens to workers, and can be found."""

from tests.knowledge.library import HOURS, POLICY, add, found, make, settled
from tests.runs.stack import Stack


def test_an_uploaded_document_is_read_and_found(running: Stack):
    knowledge = make()
    policy, hours = add(knowledge, ("policy.md", POLICY), ("hours.md", HOURS))

    policy, hours = settled(running, policy), settled(running, hours)
    passages = found(running, "When do I get my money back?", knowledge, top_k=2)

    assert (policy.status, policy.kind, policy.progress, policy.error) == ("ready", "md", 1, None)
    assert policy.pieces >= 1
    assert passages[0]["document"] == "policy.md"
    assert "five working days" in passages[0]["text"]
