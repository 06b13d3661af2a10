"""The test of a mail server: one real letter, by a run of the step that sends e-mail."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import StringConstraints

from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import Answer, Body, ErrorAnswer
from backend.accounts.errors import ApiError, not_found
from backend.mail.services import has_server
from backend.runs.trials import try_node
from nodes.sdk import NodeError
from nodes.sdk.mail import check_address

router = Router(tags=["mail"])
_owner = ConsoleAuth("owner")

PATIENCE_S = 75.0
"""A server may take half a minute to be reached, and as long to answer."""
_SLUG = "-mail-test"
_LETTER = {
    "en": ("A test letter", "This letter shows that the workspace can send e-mail. Nothing is to be done."),
    "zh": ("测试邮件", "这封邮件说明此工作区可以发送电子邮件，无需任何操作。"),
}


class TestLetter(Body):
    """To whom the letter goes, and in which language it is written."""

    to: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254)]
    language: Annotated[str, StringConstraints(pattern="^(en|zh)$")] = "en"


class TestLetterAnswer(Answer):
    """The server took the letter."""

    to: str


@router.post("/mail/test", auth=_owner, response={200: TestLetterAnswer, 404: ErrorAnswer, 422: ErrorAnswer})
def test_server(request: HttpRequest, body: TestLetter) -> dict:
    """Sends one letter through the workspace's mail server. 422 says why it could not be sent."""
    if not has_server(request.auth.workspace_id):
        raise not_found("A mail server")
    try:
        to = check_address(body.to, "The address")
    except NodeError as error:
        raise ApiError(422, error.code, error.message, hint=error.hint, field="to") from error
    subject, text = _LETTER[body.language]
    # The address goes by the query, so that it is read as no template.
    config = {"to": "{{ start_1.query }}", "subject": subject, "text": text}
    try_node("mail", config, query=to, by=request.auth, slug=_SLUG, patience_s=PATIENCE_S)
    return {"to": to}
