"""/samples/: a small web service to try things out with, as a shop might have one. Static, public, read-only.

Templates ask it, so that they work without a key and without internet. It speaks English, and Chinese where
`language=zh` asks for it. Nothing in here comes from a database.
"""

import re
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

_Words = dict[str, str]

_ORDERS: dict[str, dict[str, _Words]] = {
    "en": {
        "1042": {"items": "a chocolate cake", "status": "on its way", "arrives": "tomorrow morning"},
        "1043": {"items": "a birthday cake", "status": "being baked", "arrives": "on Saturday"},
        "1044": {"items": "twelve butter croissants", "status": "delivered", "arrives": "this morning"},
    },
    "zh": {
        "1042": {"items": "一个巧克力蛋糕", "status": "正在配送", "arrives": "明天上午"},
        "1043": {"items": "一个生日蛋糕", "status": "正在烘焙", "arrives": "星期六"},
        "1044": {"items": "十二个黄油可颂", "status": "已送达", "arrives": "今天上午"},
    },
}
_HOURS: dict[str, _Words] = {
    "en": {"monday_to_friday": "07:00 to 18:30", "saturday": "07:00 to 16:00", "sunday": "closed"},
    "zh": {"monday_to_friday": "07:00 至 18:30", "saturday": "07:00 至 16:00", "sunday": "休息"},
}
_SALES = (
    ("Monday", "星期一", 412, 31),
    ("Tuesday", "星期二", 388, 29),
    ("Wednesday", "星期三", 455, 36),
    ("Thursday", "星期四", 431, 33),
    ("Friday", "星期五", 610, 48),
    ("Saturday", "星期六", 894, 71),
)
"""A week: the day in English and in Chinese, what was taken, and how many customers came."""
_WEEK_BEFORE = 2_980
_NUMBER = re.compile(r"(?<!\d)\d{4}(?!\d)")


@require_safe
def opening_hours(request: HttpRequest) -> JsonResponse:
    """When the bakery is open."""
    return _say({"shop": "The Corner Bakery", "hours": _HOURS[_language(request)]})


@require_safe
def order(request: HttpRequest, number: str) -> JsonResponse:
    """One order by its number."""
    orders = _ORDERS[_language(request)]
    if number not in orders:
        return _say({"error": f"There is no order with the number {number[:20]}."}, 404)
    return _say({"number": number, **orders[number]})


@require_safe
def find_order(request: HttpRequest) -> JsonResponse:
    """The order whose number stands in `text`, such as "Where is order 1042?"."""
    found = _NUMBER.search(request.GET.get("text", "")[:2_000])
    if found is None:
        return _say({"error": "The text has no order number. Orders have four digits."}, 404)
    return order(request, found[0])


@require_safe
def sales(request: HttpRequest) -> JsonResponse:
    """What the bakery took in a week, day by day, and in the week before."""
    place = 1 if _language(request) == "zh" else 0
    days = [{"day": one[place], "amount": one[2], "customers": one[3]} for one in _SALES]
    return _say({"days": days, "amounts": [one[2] for one in _SALES], "week_before": _WEEK_BEFORE})


def _language(request: HttpRequest) -> str:
    return "zh" if request.GET.get("language") == "zh" else "en"


def _say(value: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse(value, status=status, json_dumps_params={"ensure_ascii": False})
