"""The grammar of texts with refs, and how refs are filled in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.sdk import NodeError
from nodes.sdk.filters import FILTERS
from nodes.sdk.graph import Ref
from nodes.sdk.resolve import MAX_FILLED, resolve
from nodes.sdk.templates import Expression, FilterCall, TemplateError, parse_template

SCOPE = {
    "start_1": {"query": "Hi", "name": "", "count": 3, "price": 2.50, "tags": ["a", "b"], "gift": True},
    "prompt_1": {"text": "{{ start_1.query }}", "data": {"items": [{"my key": "found"}], "none": None}},
    "pairs_1": [["a", "b"], [["c"]], 1],
}


def filled(text):
    return resolve({"text": text}, SCOPE)["text"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("{{ start_1.query }}", "Hi"),
        ("{{start_1.query}}", "Hi"),
        ("{{\n start_1 . query\t}}", "Hi"),
        ("{{ start_1.query }}{{ start_1.query }}", "HiHi"),
        ("{{ start_1.count }}", 3),
        ("{{ start_1.tags }}", ["a", "b"]),
        ("{{ start_1.gift }}", True),
        ("n={{ start_1.count }}", "n=3"),
        ("{{ start_1.price }} €", "2.5 €"),
        ("{{ start_1.tags }}!", "a, b!"),
        ("{{ start_1.gift }}!", "true!"),
        ("{{ start_1.tags[1] }}", "b"),
        ("{{ start_1.tags[7] }}", None),
        ("{{ prompt_1.data.items[0]['my key'] }}", "found"),
        ('{{ prompt_1.data["items"][0]["my key"] }}', "found"),
        ("{{ prompt_1.data.none }}", None),
        ("{{ start_1.query.upper }}", None),
        ("{{ start_1.__class__ }}", None),
        ("{{ nobody.text }}", None),
        ("[{{ nobody.text }}]", "[]"),
        ('{{ "{{" }} and }}', "{{ and }}"),
        ('{{ start_1.name | default("you") }}', "you"),
        ('{{ nobody | default("a \\"b\\"\\n}}") }}', 'a "b"\n}}'),
        ("{{ start_1.name | default('you') | upper }}", "YOU"),
        ("{{ start_1.count | default(5) }}", 3),
        ("{{ nobody | default(null) }}", None),
        ("{{ nobody | default(false) }}", False),
        ("{{ nobody | default(-2.5) }}", -2.5),
        ("{{ start_1.tags | join }}", "a, b"),
        ('{{ start_1.tags | join(" + ") }}', "a + b"),
        ("{{ start_1.tags | length }}", 2),
        ("{{ start_1.tags | first }}", "a"),
        ("{{ start_1.tags | last | upper }}", "B"),
        ("{{ start_1.query | first }}", "H"),
        ("{{ nobody | first }}", ""),
        ("{{ start_1.tags | json }}", '["a", "b"]'),
        ('{{ "abcdef" | truncate(4) }}', "abc…"),
        ('{{ "abcdef" | truncate(4, "") }}', "abcd"),
        ('{{ "abc" | truncate(3) }}', "abc"),
        ('{{ "1,5" | number }}', None),
        ('{{ " 12 " | number }}', 12),
        ('{{ "1e3" | number }}', 1000.0),
        ('{{ "nan" | number }}', None),
        ('{{ "3.14159" | round(2) }}', 3.14),
        ('{{ "2.5" | round }}', 2),
        ('{{ "a-b-c" | replace("-", "") }}', "abc"),
        ('{{ "a-b" | replace("", "x") }}', "a-b"),
        ('{{ " a , b" | split }}', ["a", "b"]),
        ('{{ "tea, coffee；茶、可可" | list }}', ["tea", "coffee", "茶", "可可"]),
        ('{{ "- a, b\\n\\n2) c - d\\n3.5 kg\\n1、茶" | list }}', ["a, b", "c - d", "3.5 kg", "茶"]),
        ('{{ "  " | list }}', []),
        ("{{ start_1.tags | list }}", ["a", "b"]),
        ('{{ "a" | list | flatten }}', ["a"]),
        ("{{ pairs_1 | flatten }}", ["a", "b", ["c"], 1]),
        ('{{ " a " | trim }}', "a"),
        ("{ start_1.query }", "{ start_1.query }"),
        ("}} {", "}} {"),
    ],
)
def test_a_text_is_filled(text, value):
    assert filled(text) == value
    assert type(filled(text)) is type(value)


def test_a_structure_inside_a_text_is_readable_json():
    assert filled("{{ prompt_1.data.items[0] }}.") == '{\n  "my key": "found"\n}.'


def test_what_a_person_wrote_is_never_read_again():
    assert filled("{{ prompt_1.text }}") == "{{ start_1.query }}"
    assert filled("so: {{ prompt_1.text }}") == "so: {{ start_1.query }}"
    assert filled('{{ prompt_1.text | replace("start_1", "secret") }}') == "{{ secret.query }}"


def test_texts_anywhere_in_a_config_are_filled_and_names_are_not():
    config = {"{{ start_1.query }}": [{"a": "{{ start_1.count }}"}, 7, None, True, "x{{ start_1.query }}"]}

    assert resolve(config, SCOPE) == {"{{ start_1.query }}": [{"a": 3}, 7, None, True, "xHi"]}


@pytest.mark.parametrize(
    "text",
    [
        "{{",
        "{{ }}",
        "{{ start_1.query",
        "{{ start_1.query }",
        "{{ start_1. }}",
        "{{ .query }}",
        "{{ start_1..query }}",
        "{{ start_1.tags.1 }}",
        "{{ start_1.query() }}",
        "{{ start_1[query] }}",
        "{{ start_1[-1] }}",
        "{{ start_1[0 }}",
        "{{ start_1 + 1 }}",
        "{{ 1 + 1 }}",
        "{{ start_1.query | }}",
        "{{ start_1.query | nofilter }}",
        "{{ start_1.query | __class__ }}",
        "{{ start_1.query | truncate }}",
        '{{ start_1.query | truncate("x") }}',
        "{{ start_1.query | truncate(true) }}",
        "{{ start_1.query | upper(1) }}",
        "{{ start_1.query | default(start_1.name) }}",
        '{{ start_1.query | default("a }}',
        '{{ start_1.query | replace("a" "b") }}',
        '{{ "\\x41" }}',
        "{{ {{ start_1.query }} }}",
        "{{ a" + ".b" * 40 + " }}",
        "{{ a" + "|upper" * 11 + " }}",
        "{{ a }}" * 1_001,
    ],
)
def test_anything_outside_the_grammar_is_refused_in_words(text):
    with pytest.raises(TemplateError) as raised:
        parse_template(text)
    assert raised.value.message.endswith(".")
    assert len(raised.value.message) < 300

    with pytest.raises(NodeError) as failed:
        resolve({"text": text}, SCOPE)
    assert failed.value.code == "bad_config"


def test_a_template_is_its_pieces():
    assert parse_template('Dear {{ start_1.a[0] | default("x") }}!') == (
        "Dear ",
        Expression(Ref("start_1", ("a", "0")), None, (FilterCall("default", ("x",)),)),
        "!",
    )


def test_no_text_grows_without_bound():
    big = {"a": {"text": "x" * 10_000}}
    grow = '{{ a.text | replace("x", "' + "y" * 1_000 + '") }}'

    for config in (
        {"text": grow},
        {"text": "{{ a.text }}-" * 900},
        {"a": ["{{ a.text | upper }}"] * 900},
    ):
        with pytest.raises(NodeError) as raised:
            resolve(config, big)
        assert raised.value.code == "bad_config"
        assert f"{MAX_FILLED:,}" in raised.value.message


@given(st.text(alphabet='{}ab.[]()|"\\ 0,', max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        pieces = parse_template(text)
    except TemplateError:
        return
    assert "".join(piece for piece in pieces if isinstance(piece, str)) in text or len(pieces) > 1


@given(st.text(max_size=30))
def test_a_text_in_quotes_comes_out_as_it_went_in(text):
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')

    assert resolve({"text": f'{{{{ "{quoted}" }}}}'}, {}) == {"text": text}


@pytest.mark.parametrize("opened", ["{{ ", '{{ "', "{{ a[", "{{ a.", '{{ a["', "{{ a | default(", "{{" * 3])
def test_reading_takes_time_linear_in_the_text(opened):
    """A quarter of a megabyte of the worst openings: quadratic reading would exceed the test's time limit."""
    with pytest.raises(TemplateError):
        parse_template((opened * 262_144)[:262_144])
    with pytest.raises(TemplateError):
        parse_template("{{ a }} " * 900 + opened + " " * 250_000)


def test_every_filter_takes_any_value():
    arguments = {"default": ("x",), "truncate": (3,), "replace": ("a", "b")}
    values = [None, True, 0, -1.5, "", "text", [], ["a", [1], None], {}, {"a": {"b": 1}}]

    for name, one in FILTERS.items():
        for value in values:
            one.apply(value, *arguments.get(name, ()))
