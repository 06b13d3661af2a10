"""How well the template *Sort messages into groups* sorts with nothing but the model that comes along."""

from pathlib import Path

import pytest

from nodes.builtin.classify.node import Classify
from nodes.sdk.files import in_language, workflow_from_yaml
from nodes.sdk.resolve import resolve
from nodes.sdk.testing import TestContext
from workers.models.router import Router

TEMPLATE = Path(__file__).parents[2] / "backend/workflows/templates/sort-messages.yaml"
# None of these is an example of the template, nor one of the everyday sentences that sorting compares with.
MESSAGES = [
    ("You took the money from my card two times", "billing"),
    ("Can I get an invoice with our company name?", "billing"),
    ("Why is the price higher than in the ad?", "billing"),
    ("I would like a refund for the broken lamp", "billing"),
    ("Do you accept PayPal?", "billing"),
    ("My credit card was declined", "billing"),
    ("The discount code was not applied to my total", "billing"),
    ("Has my order been shipped?", "delivery"),
    ("The tracking number does not work", "delivery"),
    ("My parcel was left with a neighbour I do not know", "delivery"),
    ("I moved, please send it to my new address", "delivery"),
    ("Will it get here before Friday?", "delivery"),
    ("The package arrived damaged", "delivery"),
    ("Do you send things abroad?", "delivery"),
    ("What material is this jacket made of?", "else"),
    ("I forgot my password", "else"),
    ("Do you repair watches?", "else"),
    ("Can I speak to the manager?", "else"),
    ("Happy new year!", "else"),
    ("How do I clean the coffee machine?", "else"),
    ("Do you have a shop in Berlin?", "else"),
    ("卡里被扣了两次钱", "billing"),
    ("能开公司抬头的发票吗？", "billing"),
    ("为什么比广告上的价格贵？", "billing"),
    ("台灯坏了，我想退钱", "billing"),
    ("支持微信支付吗？", "billing"),
    ("信用卡付不了款", "billing"),
    ("优惠码没有减价", "billing"),
    ("我的订单发货了吗？", "delivery"),
    ("物流单号查不到", "delivery"),
    ("快递放到邻居家了", "delivery"),
    ("我搬家了，请寄到新地址", "delivery"),
    ("星期五之前能到吗？", "delivery"),
    ("包裹收到时已经破了", "delivery"),
    ("可以寄到国外吗？", "delivery"),
    ("这件外套是什么面料？", "else"),
    ("我忘记密码了", "else"),
    ("你们修手表吗？", "else"),
    ("我想和经理谈谈", "else"),
    ("新年快乐！", "else"),
    ("咖啡机怎么清洗？", "else"),
    ("你们在北京有店吗？", "else"),
    ("Do you have gift cards?", "else"),
    ("你们有礼品卡吗？", "else"),
]


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_template_sorts_english_and_chinese_messages(language: str) -> None:
    graph = in_language(workflow_from_yaml(TEMPLATE.read_text(encoding="utf-8")), language).graph
    config = graph.nodes["classify_1"].config
    router = Router()
    context = TestContext(models=router.for_workspace("ws"))
    right: dict[bool, list[bool]] = {True: [], False: []}

    for message, group in MESSAGES:
        filled = Classify.Config.model_validate(resolve(config, {"start_1": {"query": message}}))
        result = await Classify().run(filled, context)
        assert result.output["method"] == "similarity"
        assert 0 < result.output["confidence"] <= 1
        right[message.isascii()].append(result.port == group)
    await router.close()

    for is_english, sorted_right in right.items():
        share = sum(sorted_right) / len(sorted_right)
        assert share >= 0.8, f"English: {is_english}, right: {share:.0%}"


async def test_a_message_about_two_things_belongs_to_both_groups_by_meaning():
    billing = {"name": "billing", "title": "Billing", "description": "Invoices, payments, refunds"}
    delivery = {"name": "delivery", "title": "Delivery", "description": "Where a parcel is"}
    jobs = {"name": "jobs", "title": "Jobs", "description": "Working with us"}
    groups = [
        {**billing, "examples": ["I was charged twice", "I want my money back"]},
        {**delivery, "examples": ["Where is my parcel?"]},
        {**jobs, "examples": ["Are you hiring?"]},
    ]
    router = Router()
    found = {}
    for text in ("My parcel is late and I was charged twice", "Where is my parcel?", "Hello there"):
        config = Classify.Config(text=text, groups=groups, method="similarity", several=True)
        ran = await Classify().run(config, TestContext(models=router.for_workspace("ws")))
        found[text] = (ran.output["names"], ran.port)
    await router.close()

    assert [*found.values()] == [(["billing", "delivery"], "out"), (["delivery"], "out"), ([], "else")]


def test_with_several_groups_there_is_one_way_on_and_one_for_none():
    config = {"several": True, "groups": [{"name": "a", "title": "A"}]}

    assert [port.name for port in Classify.ports(config)] == ["out", "else"]
    assert Classify.port_of({"name": "a", "names": ["a"]}) == "out"
    assert Classify.port_of({"name": "else", "names": []}) == "else"
    assert Classify.output_schema(config)["properties"]["names"]["type"] == "array"
