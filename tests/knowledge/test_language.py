"""What language a document is in, told from its letters and commonest words."""

import pytest

from workers.knowledge.language import language_of

TEXTS = {
    "en": "You can return any item within 30 days of delivery. We pay the money back with the way you paid.",
    "zh": "商品签收后三十天内可以退货，请保留收据。退款会在五个工作日内原路退回，客服 support@example.com。",
    "ja": "商品の返品は三十日以内に可能です。レシートをお持ちください。",
    "ko": "상품은 배송일로부터 삼십일 이내에 반품할 수 있습니다. 영수증을 보관하십시오.",
    "de": "Sie können die Ware in 30 Tagen zurückgeben. Das Geld wird nicht bar gezahlt.",
    "fr": "Vous avez trente jours pour rendre les articles qui ne vous plaisent pas dans une des boutiques.",
    "es": "Los artículos se pueden devolver en los treinta días, pero el recibo es más rápido.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_language_is_told(language: str) -> None:
    assert language_of([TEXTS[language]]) == language


@pytest.mark.parametrize("text", ["", "30 42 %", "XJ-900 PQ7 rev B zzkr flmp qwrt xxyy kjhg", "ok"])
def test_what_is_in_no_language_has_none(text: str) -> None:
    assert language_of([text]) == ""
