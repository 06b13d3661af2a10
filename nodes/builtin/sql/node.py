"""A query to a database: its values are bound, and it only reads unless it is allowed to change something."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from nodes.sdk import (
    Field,
    Json,
    Node,
    NodeConfig,
    NodeContext,
    NodeError,
    NodeOutput,
    Problem,
    Query,
    to_text,
)
from nodes.sdk.node import GIVEN, Effects
from nodes.sdk.resolve import Scope, resolve
from nodes.sdk.sql_text import CHANGES, NAME, READS, first_word, places_in
from nodes.sdk.templates import holds_ref

MOST_VALUES = 100
FENCE = re.compile(r"```\w*\s*\n(.*?)```", re.DOTALL)


class Value(NodeConfig):
    """A value for the place `:name` in the query."""

    name: str = Field(title="Name", placeholder="city", max_length=60)
    value: Json = Field(None, title="Value", widget="template")


class Sql(Node):
    """Looks something up in a database, or changes something in it."""

    type, title, group, effects = "sql", "Query a database", "Do", "write"
    fails_with = (
        "query_failed",
        "query_timeout",
        "query_unsure",
        "database_unreachable",
        "database_busy",
        "database_login",
        "database_missing",
        "query_changes",
        "info_missing",
        "answer_too_large",
        "address_refused",
        "secret_missing",
        "secret_unreadable",
        "secret_not_allowed",
    )
    sentence = "Asks a database."
    is_tool = True

    class Config(NodeConfig):
        kind: Literal["postgresql", "sqlite"] = Field(
            "postgresql",
            title="Database",
            choices={"postgresql": "PostgreSQL", "sqlite": "SQLite file"},
        )
        secret: str = Field(
            "",
            title="Connection",
            help="A secret with the address: postgresql://user:password@host:5432/name",
            widget="secret",
            show_when={"field": "kind", "is": "postgresql"},
        )
        file: str = Field(
            "",
            title="File",
            help="Its name in the folder that your administrator shares.",
            placeholder="shop.db",
            max_length=200,
            show_when={"field": "kind", "is": "sqlite"},
        )
        source: Literal["here", "step"] = Field(
            "here",
            title="The query",
            help="One from an earlier step, such as an AI model's, can only read, whatever it says.",
            choices={"here": "Is written here", "step": "Comes from an earlier step"},
        )
        sql: str = Field(
            "",
            title="Query (SQL)",
            help="Write :city where a value belongs, and give the value below.",
            widget="code",
            placeholder="SELECT name FROM shops WHERE city = :city",
            max_length=20_000,
            show_when={"field": "source", "is": "here"},
        )
        given: str = Field(
            "",
            title="Query of an earlier step",
            widget="template",
            placeholder="{{ prompt_1.text }}",
            max_length=20_000,
            show_when={"field": "source", "is": "step"},
        )
        values: list[Value] = Field([], title="Values", widget="rows", max_length=MOST_VALUES)
        writes: bool = Field(
            False,
            title="May change data",
            help="Otherwise the database refuses every change.",
            show_when={"field": "source", "is": "here"},
        )
        may_repeat: bool = Field(
            False,
            title="May be done again",
            help="If nobody can tell whether it was done, it is done once more, and you are not asked.",
            more=True,
            show_when={"field": "writes", "is": True},
        )
        most_rows: int = Field(100, title="Most rows", widget="number", ge=1, le=10_000, more=True)
        max_kb: int = Field(1_000, title="Largest answer (kB)", widget="number", ge=1, le=5_000, more=True)
        timeout_s: float = Field(
            30, title="Wait at most (seconds)", widget="number", ge=0.1, le=300, more=True
        )

    class Output(NodeOutput):
        rows: list[dict[str, Json]] = Field(title="Rows")
        columns: list[str] = Field(title="Names of the columns")
        count: int = Field(title="Number of rows")
        changed: int = Field(title="Number of rows changed")
        is_cut: bool = Field(title="Whether there is more")

    @classmethod
    def effects_of(cls, config: Mapping[str, Json]) -> Effects:
        return "write" if _may_write(config) else "read"

    @classmethod
    def may_repeat(cls, config: Mapping[str, Json]) -> bool:
        return config.get("may_repeat") is True

    @classmethod
    def tool_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        """An agent gives the values that nobody has filled in, and never what is asked."""
        names = [to_text(row.get("name")) for row in _open_rows(config)]
        properties = {name: {"description": f"The value of :{name}."} for name in names}
        return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}

    @classmethod
    def tool_config(cls, config: Mapping[str, Json], given: Mapping[str, Json]) -> dict[str, Json]:
        open_ = {to_text(row.get("name")) for row in _open_rows(config)}
        rows = [
            {**row, "value": f"{{{{ {GIVEN}.{row['name']} }}}}"} if row.get("name") in open_ else row
            for row in _rows(config)
        ]
        return {**config, "values": list[Json](rows)}

    @classmethod
    def fill(cls, config: Mapping[str, Json], scope: Scope) -> dict[str, Json]:
        """Information never decides whom is asked, and what is asked only where that was chosen."""
        told = {"values": config.get("values", [])}
        if config.get("source") == "step":
            told["given"] = config.get("given", "")
        return {**config, **resolve(told, scope)}

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        return list(_problems(config))

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        for problem in _problems(config.model_dump()):
            raise NodeError("bad_config", problem.message, problem.hint)
        found = await ctx.databases.ask(
            Query(
                config.sql if config.source == "here" else _given(config),
                {row.name: row.value for row in config.values},
                secret=config.secret if config.kind == "postgresql" else "",
                file=config.file if config.kind == "sqlite" else "",
                writes=_may_write(config.model_dump()),
                most_rows=config.most_rows,
                most_bytes=config.max_kb * 1_000,
                timeout_s=config.timeout_s,
            )
        )
        return self.Output(
            rows=found.rows,
            columns=found.columns,
            count=len(found.rows),
            changed=found.changed,
            is_cut=found.is_cut,
        )


def _may_write(config: Mapping[str, Json]) -> bool:
    return config.get("writes") is True and config.get("source", "here") == "here"


def _given(config: Sql.Config) -> str:
    """The query that an earlier step gave, out of the fence that models like to put around it."""
    fenced = FENCE.search(config.given)
    sql = (fenced[1] if fenced else config.given).strip()
    if not sql:
        raise NodeError("info_missing", "The earlier step gave no query.", "Look at what it gave.")
    rows = config.model_dump()["values"]
    for problem in (*_word_problems(sql, writes=False), *_value_problems(sql, rows)):
        code = "query_changes" if problem.code == "query_only_reads" else "query_failed"
        raise NodeError(code, problem.message, "Have it written anew; Try and correct does that by itself.")
    return sql


def _rows(config: Mapping[str, Json]) -> list[dict[str, Json]]:
    rows = config.get("values")
    return [row for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict)]


def _open_rows(config: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The values that nobody has filled in."""
    return [row for row in _rows(config) if row.get("value") in (None, "") and row.get("name")]


def _problems(config: Mapping[str, Json]) -> Iterator[Problem]:
    sqlite = config.get("kind") == "sqlite"
    if not sqlite and not config.get("secret"):
        message = "The secret with the address of the database is missing."
        hint = "Choose one, or make one of postgresql://user:password@host:5432/name."
        yield Problem("no_database_chosen", message, hint, field="secret")
    if sqlite and not config.get("file"):
        yield Problem("no_file_named", "The name of the file is missing.", "Fill it in.", field="file")
    for name in ("file", "secret"):
        if holds_ref(config.get(name)):
            message = "Which database is asked is fixed; information cannot decide it."
            yield Problem("database_in_template", message, "Write it out.", field=name)
    field = "given" if config.get("source") == "step" else "sql"
    sql = config.get(field)
    if not isinstance(sql, str) or not sql.strip():
        if field == "given" or sql is not None:
            yield Problem(
                "no_query", "There is no query yet.", "Write it, or choose where it comes from.", field=field
            )
        return
    if field == "given":
        return  # looked at when it is there
    if holds_ref(sql):
        yield Problem(
            "template_in_query",
            "Information from earlier steps cannot stand in the query itself.",
            "Write :name there, and give the value under Values. "
            "So nobody can smuggle in a query of their own.",
            field="sql",
        )
        return
    yield from _word_problems(sql, writes=config.get("writes") is True)
    yield from _value_problems(sql, config.get("values"))


def _word_problems(sql: str, *, writes: bool) -> Iterator[Problem]:
    word = first_word(sql)
    if word in CHANGES and not writes:
        message = f"{word} changes data, and this step may only read."
        hint = "Switch on 'May change data' if that is wanted."
        yield Problem("query_only_reads", message, hint, field="sql", values={"word": word})
    elif word not in READS | CHANGES:
        message = f"A query cannot begin with {word[:30] or 'this'!r}."
        hint = "Begin with SELECT or WITH; for changes with INSERT, UPDATE, DELETE or MERGE."
        yield Problem("query_not_allowed", message, hint, field="sql", values={"word": word[:30]})


def _value_problems(sql: str, rows: Json) -> Iterator[Problem]:
    given: set[str] = set()
    for i, row in enumerate(rows if isinstance(rows, list) else []):
        name = row.get("name") if isinstance(row, dict) else None
        if not isinstance(name, str) or not name:
            continue  # an empty name is told by the form
        if not NAME.match(name) or name in given:
            message = f"{name[:60]!r} cannot be the name of a value, or is one already."
            hint = "Use letters, digits and _, each name once."
            at = f"values[{i}].name"
            yield Problem("bad_value_name", message, hint, field=at, values={"name": name[:60]})
        given.add(name)
    for name in places_in(sql):
        if name not in given:
            message = f"The query has a place :{name[:60]}, and there is no value of that name."
            hint = "Add it under Values, or take it out of the query."
            yield Problem("value_missing", message, hint, field="sql", values={"name": name[:60]})
