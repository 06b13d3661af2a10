"""Twenty fixed questions that show how a model calls tools, and what its answers say of it."""

from __future__ import annotations

from typing import Any, Final, Literal, Protocol

from nodes.sdk.errors import NodeError
from nodes.sdk.models import ChatChunk, ChatMessage, ChatRequest, Models, ToolSpec
from nodes.sdk.tool_arguments import fault_of

Verdict = Literal["ok", "guided", "weak"]
"""Calls tools by itself; needs to be guided; chooses badly even so."""

_MUST_FIT = 18
_MUST_BE_RIGHT = 16
_MUST_BE_RIGHT_GUIDED = 12


class Asked(Protocol):
    """The models of a workspace, and the same asked in one way alone."""

    def asked(self, *, guided: bool) -> Models: ...


def _tool(name: str, description: str, **fields: dict[str, Any]) -> ToolSpec:
    required: list[Any] = list(fields)
    parameters: dict[str, Any] = {"type": "object", "properties": fields, "required": required}
    return ToolSpec(name, description, {**parameters, "additionalProperties": False})


_WHEN = {"type": "string", "format": "date", "description": "Such as 2027-03-01."}

TOOLS: Final = (
    _tool(
        "get_weather",
        "Tell the weather forecast for a place.",
        place={"type": "string", "maxLength": 60},
        day=_WHEN,
        units={"enum": ["°C", "°F"]},
    ),
    _tool(
        "send_email",
        "Send an email to somebody.",
        to={"type": "string", "maxLength": 80},
        subject={"type": "string", "maxLength": 80},
        body={"type": "string", "maxLength": 300},
    ),
    _tool(
        "book_table",
        "Reserve a table in a restaurant.",
        restaurant={"type": "string", "maxLength": 60},
        day=_WHEN,
        guests={"type": "integer", "minimum": 1, "maximum": 20},
    ),
    _tool(
        "convert_money",
        "Convert an amount of money into another currency.",
        amount={"type": "number", "minimum": 0, "maximum": 1_000_000},
        source={"enum": ["EUR", "USD", "GBP", "JPY"]},
        target={"enum": ["EUR", "USD", "GBP", "JPY"]},
    ),
    _tool(
        "make_order",
        "Order things from the warehouse.",
        customer={
            "type": "object",
            "properties": {"name": {"type": "string", "maxLength": 60}, "is_new": {"type": "boolean"}},
            "required": ["name", "is_new"],
            "additionalProperties": False,
        },
        items={
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "what": {"type": "string", "maxLength": 60},
                    "count": {"type": "integer", "minimum": 1, "maximum": 500},
                },
                "required": ["what", "count"],
                "additionalProperties": False,
            },
            "minItems": 1,
            "maxItems": 5,
        },
        urgency={"enum": ["niedrig", "mittel", "hoch"]},
    ),
)

QUESTIONS: Final = (
    ("get_weather", "What will the weather be like in Paris on 1 March 2027?"),
    ("send_email", "Send an email to anna@example.com: I am late today."),
    ("book_table", "Reserve a table for four at Luigi's on 12 May 2027."),
    ("convert_money", "How many dollars are 25 euros?"),
    ("make_order", "Order 20 chairs from the warehouse for Ann Smith, a new customer."),
    ("convert_money", "Convert 1000 yen to pounds."),
    ("get_weather", "Will it rain in München on 2 August 2027?"),
    ("make_order", "José needs 3 lamps and 2 tables from the warehouse, it is urgent."),
    ("book_table", "A table for two in the restaurant Zum Bären on 24 December 2026, please."),
    ("send_email", "Write to bob@example.org that the meeting is on Monday."),
    ("get_weather", "Is it going to be sunny in São Paulo on 3 March 2027?"),
    ("convert_money", "What are 99.50 pounds in euros?"),
    ("send_email", "Tell li.wei@example.cn by email that the goods have arrived."),
    ("book_table", "Please book a table for eight people at Chez Léon on 5 June 2027."),
    ("make_order", "Get 100 screws from the warehouse for 李伟, no hurry."),
    ("get_weather", "Tell me the forecast for 北京 on 9 September 2027, in Celsius."),
    ("make_order", "Order one heat pump for Zoë Müller, an old customer of ours."),
    ("convert_money", "I have 300 dollars. How much is that in yen?"),
    ("send_email", "Email carla@example.com and thank her for the flowers."),
    ("book_table", "We would like to eat at The Ivy on 7 July 2027, three of us."),
)


async def ask_once(models: Asked, model: str, number: int, *, guided: bool) -> tuple[bool, bool]:
    """Asks one of the questions. Gives whether the call fits its tool, and whether the tool is the right one.

    Raises NodeError when the model cannot be asked at all.
    """
    right, question = QUESTIONS[number]
    request = ChatRequest(
        model,
        (ChatMessage("user", question),),
        temperature=0.0,
        seed=number,
        max_tokens=1_000,
        tools=TOOLS,
    )
    try:
        last = await _last(models.asked(guided=guided), request)
    except NodeError as error:
        # A service that knows no tools says so; anything else is no fault of the model's calls.
        if error.code not in ("bad_tool_call", "model_bad_request"):
            raise
        return False, False
    offered = {tool.name: tool.parameters for tool in TOOLS}
    fits = bool(last.tool_calls) and not any(
        fault_of(call.arguments, offered[call.name]) for call in last.tool_calls
    )
    return fits, bool(last.tool_calls) and last.tool_calls[0].name == right


def verdict(fits: int, right: int, *, guided: bool) -> Verdict | None:
    """What the answers to all questions say; None after ordinary calls that do not hold: guide it."""
    if guided:
        return "guided" if right >= _MUST_BE_RIGHT_GUIDED else "weak"
    return "ok" if fits >= _MUST_FIT and right >= _MUST_BE_RIGHT else None


async def _last(models: Models, request: ChatRequest) -> ChatChunk:
    last = ChatChunk()
    async for chunk in models.chat(request):
        last = chunk
    return last
