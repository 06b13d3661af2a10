"""The sample web service: what it says, and that it says it to anybody, in any state of the database."""

import pytest
from django.test import Client


@pytest.mark.parametrize(
    ("path", "status", "part"),
    [
        ("/samples/opening-hours", 200, ("hours", "sunday", "closed")),
        ("/samples/opening-hours?language=zh", 200, ("hours", "sunday", "休息")),
        ("/samples/sales", 200, ("days", 5, "day", "Saturday")),
        ("/samples/sales?language=zh", 200, ("days", 5, "day", "星期六")),
        ("/samples/orders/1042", 200, ("status", "on its way")),
        ("/samples/orders/1042?language=zh", 200, ("status", "正在配送")),
        ("/samples/orders/1042?language=fr", 200, ("status", "on its way")),
        ("/samples/orders?text=Where%20is%20my%20order%20%231043%3F", 200, ("number", "1043")),
        (
            "/samples/orders?text=10421043",
            404,
            ("error", "The text has no order number. Orders have four digits."),
        ),
        ("/samples/orders", 404, ("error", "The text has no order number. Orders have four digits.")),
        ("/samples/orders/9999", 404, ("error", "There is no order with the number 9999.")),
        ("/samples/orders/%F0%9F%99%82", 404, ("error", "There is no order with the number 🙂.")),
    ],
)
def test_it_answers_without_session_or_database(client: Client, path: str, status: int, part: tuple) -> None:
    answer = client.get(path)

    assert answer.status_code == status
    value = answer.json()
    for key in part[:-1]:
        value = value[key]
    assert value == part[-1]
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/samples", "/samples/", "/samples/other", "/samples/orders/1/2"])
def test_there_is_nothing_else_beside_it(client: Client, path: str) -> None:
    assert path == "/samples" or client.get(path).status_code == 404


def test_it_is_only_looked_at(client: Client) -> None:
    assert client.post("/samples/orders/1042").status_code == 405
    assert client.head("/samples/orders/1042").status_code == 200
