"""What makes the database itself refuse to change or delete rows of a table."""

from django.db.backends.base.base import BaseDatabaseWrapper

_SQLITE = (
    """CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
       BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
    """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
       BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
)
_POSTGRESQL = (
    """CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION '{table} is append-only'
             USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
       FOR EACH ROW EXECUTE FUNCTION {table}_append_only()""",
)
_UNDO = {
    "sqlite": ("DROP TRIGGER IF EXISTS {table}_no_update", "DROP TRIGGER IF EXISTS {table}_no_delete"),
    "postgresql": (
        "DROP TRIGGER IF EXISTS {table}_no_change ON {table}",
        "DROP FUNCTION IF EXISTS {table}_append_only()",
    ),
}


def make_append_only(connection: BaseDatabaseWrapper, table: str) -> None:
    """From now on rows of `table` can be added and read, and nothing else."""
    _run(connection, _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL, table)


def make_changeable(connection: BaseDatabaseWrapper, table: str) -> None:
    """Takes `make_append_only` back."""
    _run(connection, _UNDO[connection.vendor], table)


def _run(connection: BaseDatabaseWrapper, statements: tuple[str, ...], table: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.format(table=table))
