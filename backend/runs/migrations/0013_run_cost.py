"""What a run cost, in a column that can be added up; runs that have ended get it from their usage."""

from typing import Any

from django.db import migrations, models

_AT_ONCE = 1_000


def fill(apps: Any, schema_editor: Any) -> None:
    run = apps.get_model("runs", "Run")
    rows = run.objects.filter(total_tokens__gt=0).only("pk", "usage")
    some = []
    for row in rows.iterator(chunk_size=_AT_ONCE):
        row.cost = (row.usage or {}).get("cost")
        if row.cost is not None:
            some.append(row)
        if len(some) == _AT_ONCE:
            run.objects.bulk_update(some, ["cost"])
            some = []
    run.objects.bulk_update(some, ["cost"])


class Migration(migrations.Migration):
    dependencies = [("runs", "0012_run_origin")]

    operations = [
        migrations.AddField("run", "cost", models.FloatField(blank=True, null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
