"""Twenty tools and what people ask of them: each schema has three required fields or more, and nesting, fixed
choices, ranges and other scripts are spread among them. `cases` picks questions by a seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from nodes.sdk.models import ToolSpec


@dataclass(frozen=True)
class ToolCase:
    """A question, the tools that are offered with it, and the name of the one that fits."""

    question: str
    tools: tuple[ToolSpec, ...]
    right: str


def _object(required: list[str], **fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def _text(words: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "string", **({"description": words} if words else {}), **more}


def _whole(low: int, high: int, words: str = "") -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high, **({"description": words} if words else {})}


def _fraction(low: float, high: float, words: str = "") -> dict[str, Any]:
    return {"type": "number", "minimum": low, "maximum": high, **({"description": words} if words else {})}


def _list(item: dict[str, Any], least: int, most: int) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": least, "maxItems": most}


_ADDRESS = _object(
    ["street", "city", "country"],
    street=_text("Street and number.", maxLength=60),
    city=_text(maxLength=40),
    country={"enum": ["Österreich", "Deutschland", "Schweiz", "France", "日本"]},
)
_PERSON = _object(["name", "age"], name=_text(maxLength=40), age=_whole(0, 120))

TOOLS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "book_hotel": (
        "Book a hotel room in a city.",
        _object(
            ["city", "check_in", "nights", "room"],
            city=_text("Where the hotel is.", maxLength=40),
            check_in=_text("First night.", format="date"),
            nights=_whole(1, 30, "How many nights."),
            room=_object(["kind", "beds"], kind={"enum": ["single", "double", "suite"]}, beds=_whole(1, 4)),
        ),
        [
            "Book a {size} hotel room in {city} for {n} nights.",
            "I need a hotel in {city} for {n} nights, please.",
        ],
    ),
    "get_weather": (
        "Tell the weather forecast for a place.",
        _object(
            ["place", "day", "units"],
            place=_text(maxLength=40),
            day=_text(format="date"),
            units={"enum": ["°C", "°F", "K"]},
        ),
        ["What will the weather be like in {city} on {day}?", "Will it rain in {city} on {day}?"],
    ),
    "send_email": (
        "Send an email to somebody.",
        _object(
            ["to", "subject", "body"],
            to=_text("The address.", format="email"),
            subject=_text(maxLength=80),
            body=_text(minLength=1, maxLength=300),
            priority={"enum": ["low", "normal", "high"]},
        ),
        ["Send an email to {mail} and say that I am {late}.", "Email {mail}: the meeting is on {day}."],
    ),
    "convert_currency": (
        "Convert an amount of money from one currency to another.",
        _object(
            ["amount", "source", "target"],
            amount=_fraction(0.01, 1_000_000),
            source={"enum": ["EUR", "USD", "GBP", "JPY", "CHF", "人民币"]},
            target={"enum": ["EUR", "USD", "GBP", "JPY", "CHF", "人民币"]},
        ),
        ["How much is {n} euros in dollars?", "Convert {n} pounds to Swiss francs."],
    ),
    "translate_text": (
        "Translate a text into another language.",
        _object(
            ["text", "target", "tone"],
            text=_text(minLength=1, maxLength=200),
            target={"enum": ["français", "español", "中文", "日本語", "Türkçe", "العربية"]},
            tone={"enum": ["formal", "plain"]},
        ),
        ["Translate '{saying}' into Spanish.", "What is '{saying}' in French?"],
    ),
    "create_invoice": (
        "Write an invoice for a customer.",
        _object(
            ["customer", "lines", "vat"],
            customer=_object(["name", "address"], name=_text(maxLength=40), address=_ADDRESS),
            lines=_list(
                _object(
                    ["what", "count", "price"],
                    what=_text(maxLength=40),
                    count=_whole(1, 100),
                    price=_fraction(0, 10_000),
                ),
                1,
                3,
            ),
            vat={"enum": [0, 7, 10, 19, 20]},
        ),
        ["Make an invoice for {name}: {n} {things}.", "Write {name} an invoice over {n} {things}."],
    ),
    "set_alarm": (
        "Set an alarm clock to wake somebody.",
        _object(
            ["hour", "minute", "days"],
            hour=_whole(0, 23),
            minute=_whole(0, 59),
            days=_list({"enum": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]}, 1, 7),
            label=_text(maxLength=40),
        ),
        ["Wake me up at {hour} o'clock.", "Set an alarm for {hour} o'clock on Monday."],
    ),
    "play_music": (
        "Play a song or music by an artist.",
        _object(
            ["artist", "volume", "shuffle"],
            artist=_text(maxLength=40),
            volume=_fraction(0, 1, "From silent to loud."),
            shuffle={"type": "boolean"},
        ),
        ["Play some songs by {artist}.", "Put on music by {artist}, not too loud."],
    ),
    "order_pizza": (
        "Order a pizza to be delivered.",
        _object(
            ["size", "toppings", "address"],
            size={"enum": ["small", "medium", "large"]},
            toppings=_list({"enum": ["jalapeños", "mozzarella", "ham", "mushrooms", "olives"]}, 1, 4),
            address=_ADDRESS,
        ),
        ["I would like a large pizza with {topping}.", "Order a pizza with {topping} for dinner."],
    ),
    "track_parcel": (
        "Find out where a parcel is that was sent.",
        _object(
            ["number", "carrier", "sent_on"],
            number=_text("The parcel's number.", minLength=6, maxLength=20),
            carrier={"enum": ["DHL", "UPS", "La Poste", "日本郵便"]},
            sent_on=_text(format="date"),
        ),
        ["Where is my parcel {code}?", "Has the package {code} arrived yet?"],
    ),
    "find_recipe": (
        "Find a recipe for cooking a dish.",
        _object(
            ["dish", "servings", "minutes"],
            dish=_text(maxLength=40),
            servings=_whole(1, 12),
            minutes=_whole(5, 240),
            diet={"enum": ["any", "vegetarian", "vegan"]},
        ),
        ["How do I cook {dish} for {n} people?", "Find me a recipe for {dish}."],
    ),
    "book_flight": (
        "Book a flight from one airport to another.",
        _object(
            ["origin", "destination", "date", "passengers"],
            origin=_text(maxLength=40),
            destination=_text(maxLength=40),
            date=_text(format="date"),
            passengers=_list(_PERSON, 1, 3),
            cabin={"enum": ["economy", "business"]},
        ),
        ["Book a flight to {city} on {day}.", "I want to fly from {city} to Vienna on {day}."],
    ),
    "add_calendar_event": (
        "Add a meeting or an event to the calendar.",
        _object(
            ["title", "start", "minutes", "people"],
            title=_text(maxLength=60),
            start=_text(format="date-time"),
            minutes=_whole(5, 480),
            people=_list(_object(["name"], name=_text(maxLength=40)), 0, 3),
        ),
        [
            "Put a meeting with {name} on {day} into my calendar.",
            "Add a meeting with {name} on {day} to the calendar.",
        ],
    ),
    "search_flats": (
        "Search for flats and houses to rent.",
        _object(
            ["city", "rooms", "rent"],
            city=_text(maxLength=40),
            rooms=_fraction(1, 8),
            rent=_object(["low", "high"], low=_whole(0, 5_000), high=_whole(100, 10_000)),
            near=_list(_text(maxLength=30), 0, 3),
        ),
        [
            "Search for a flat with {n} rooms to rent in {city}.",
            "I am looking for a flat in {city} with {n} rooms.",
        ],
    ),
    "transfer_money": (
        "Transfer money from the bank account to somebody.",
        _object(
            ["receiver", "iban", "amount", "currency"],
            receiver=_text(maxLength=40),
            iban=_text(minLength=15, maxLength=34),
            amount=_fraction(0.01, 50_000),
            currency={"enum": ["€", "$", "£", "¥"]},
        ),
        ["Transfer {n} euros to {name}'s bank account.", "Send {n} euros to {name} from my account."],
    ),
    "set_thermostat": (
        "Set the temperature of the heating in a room.",
        _object(
            ["room", "degrees", "until"],
            room={"enum": ["Küche", "Bad", "living room", "bedroom"]},
            degrees=_fraction(5, 30),
            until=_text(format="time"),
        ),
        ["Set the heating in the bedroom to {deg} degrees.", "Make the living room warmer, {deg} degrees."],
    ),
    "register_patient": (
        "Register a new patient at the doctor's.",
        _object(
            ["patient", "insurance", "allergies"],
            patient=_PERSON,
            insurance=_object(
                ["company", "number"], company={"enum": ["ÖGK", "AOK", "CSS"]}, number=_whole(1, 999_999)
            ),
            allergies=_list(_text(maxLength=30), 0, 3),
        ),
        [
            "Register {name}, {age} years old, as a new patient.",
            "We have a new patient: {name}, {age} years old.",
        ],
    ),
    "rate_product": (
        "Write a review of a product that was bought.",
        _object(
            ["product", "stars", "review"],
            product=_text(maxLength=40),
            stars=_whole(1, 5),
            review=_object(
                ["title", "text"], title=_text(maxLength=40), text=_text(minLength=1, maxLength=200)
            ),
        ),
        [
            "Write a review of the {things} I bought: {n5} stars.",
            "Give the {things} a review with {n5} stars.",
        ],
    ),
    "draw_chart": (
        "Draw a chart of numbers.",
        _object(
            ["kind", "series", "unit"],
            kind={"enum": ["bar", "line", "pie"]},
            series=_list(
                _object(["label", "value"], label=_text(maxLength=20), value=_fraction(-100, 100)), 1, 4
            ),
            unit={"enum": ["%", "€", "µm", "千"]},
        ),
        [
            "Draw a bar chart of these numbers: {n}, {deg}, {age}.",
            "Make a pie chart of {n} and {deg} percent.",
        ],
    ),
    "report_fault": (
        "Report that a machine is broken to the repair service.",
        _object(
            ["machine", "severity", "contact"],
            machine=_object(["name", "floor"], name=_text(maxLength=40), floor=_whole(-3, 40)),
            severity={"enum": ["niedrig", "mittel", "hoch"]},
            contact=_object(
                ["name", "phone"], name=_text(maxLength=40), phone=_text(minLength=5, maxLength=20)
            ),
        ),
        [
            "The {machine} on floor {n5} is broken, tell the repair service.",
            "Report a fault: the {machine} is broken.",
        ],
    ),
}

_SLOTS: dict[str, list[str]] = {
    "city": ["München", "Paris", "Zürich", "São Paulo", "London", "北京", "Rome", "Kraków"],
    "day": ["3 March 2027", "12 May 2027", "1 August 2027", "24 December 2026"],
    "mail": ["anna@example.com", "bob@example.org", "li.wei@example.cn"],
    "late": ["late", "ill today", "on holiday next week"],
    "name": ["Zoë Müller", "José García", "Anna Smith", "李伟", "Łukasz Nowak"],
    "things": ["headphones", "coffee cups", "garden chairs", "running shoes"],
    "saying": ["Good morning", "Where is the station?", "Thank you very much"],
    "artist": ["Björk", "Mozart", "The Beatles", "Sigur Rós"],
    "topping": ["jalapeños", "mushrooms", "ham and olives"],
    "code": ["JD01460000", "RX88213377", "1Z999AA101"],
    "dish": ["Käsespätzle", "tomato soup", "mapo tofu", "apple pie"],
    "machine": ["printer", "lift", "coffee machine", "heat pump"],
    "size": ["single", "double"],
    "n": ["2", "3", "5", "8"],
    "n5": ["1", "3", "4", "5"],
    "deg": ["18", "20.5", "22"],
    "age": ["7", "34", "81"],
    "hour": ["6", "7", "9"],
}


def tool(name: str) -> ToolSpec:
    """One of the tools."""
    description, parameters, _ = TOOLS[name]
    return ToolSpec(name, description, parameters)


def cases(count: int, *, seed: int = 7, offered: int = 4) -> list[ToolCase]:
    """`count` questions with `offered` tools each: every tool is the right one about equally often."""
    random_ = random.Random(seed)
    names = list(TOOLS)
    found: list[ToolCase] = []
    for number in range(count):
        right = names[number % len(names)]
        others = random_.sample([name for name in names if name != right], offered - 1)
        shown = [right, *others]
        random_.shuffle(shown)
        filled = {slot: random_.choice(values) for slot, values in _SLOTS.items()}
        question = random_.choice(TOOLS[right][2]).format(**filled)
        found.append(ToolCase(question, tuple(tool(name) for name in shown), right))
    random_.shuffle(found)
    return found
