"""/samples/: a small web service to try things out with, as a shop might have one. Static, public, read-only.

The template *Call a web service and explain the result* asks it, so that it works without a key and without
internet. Nothing in here comes from a database.
"""

import re
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

_ORDERS: dict[str, dict[str, Any]] = {
    "1042": {"items": "a chocolate cake", "status": "on its way", "arrives": "tomorrow morning"},
    "1043": {"items": "a birthday cake", "status": "being baked", "arrives": "on Saturday"},
    "1044": {"items": "twelve butter croissants", "status": "delivered", "arrives": "this morning"},
}
_HOURS = {"monday_to_friday": "07:00 to 18:30", "saturday": "07:00 to 16:00", "sunday": "closed"}
_NUMBER = re.compile(r"(?<!\d)\d{4}(?!\d)")


@require_safe
def opening_hours(request: HttpRequest) -> JsonResponse:
    """When the bakery is open."""
    return _say({"shop": "The Corner Bakery", "hours": _HOURS})


@require_safe
def order(request: HttpRequest, number: str) -> JsonResponse:
    """One order by its number."""
    if number not in _ORDERS:
        return _say({"error": f"There is no order with the number {number[:20]}."}, 404)
    return _say({"number": number, **_ORDERS[number]})


@require_safe
def find_order(request: HttpRequest) -> JsonResponse:
    """The order whose number stands in `text`, such as "Where is order 1042?"."""
    found = _NUMBER.search(request.GET.get("text", "")[:2_000])
    if found is None:
        return _say({"error": "The text has no order number. Orders have four digits."}, 404)
    return order(request, found[0])


def _say(value: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse(value, status=status, json_dumps_params={"ensure_ascii": False})
