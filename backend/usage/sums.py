"""What is added up of runs, and by which day."""

from typing import Any

from django.db.models import Count, FloatField, Q, Sum, Value
from django.db.models.functions import Coalesce, TruncDate


class DayOf(TruncDate):
    """The day of a time, in UTC. SQLite keeps it as text that begins with the day; Django would read each
    time in Python, which takes longer than all the rest of a query over 100,000 runs."""

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:
        """The first ten characters."""
        column, params = compiler.compile(self.lhs)
        return f"SUBSTR({column}, 1, 10)", params


SUMS = {
    "count": Count("pk"),
    "used": Sum("total_tokens"),
    "paid": Coalesce(Sum("cost"), Value(0.0), output_field=FloatField()),
    "unpriced": Count("pk", filter=Q(cost=None, total_tokens__gt=0)),
}
"""Runs, their tokens, US dollars as far as prices are known, and how many used a model without a price."""

PAST_SUMS = {
    "count": Coalesce(Sum("runs"), 0),
    "used": Coalesce(Sum("tokens"), 0),
    "paid": Coalesce(Sum("cost"), Value(0.0), output_field=FloatField()),
    "lacking": Coalesce(Sum("unpriced"), 0),
}
"""The same of what is kept of deleted runs."""
