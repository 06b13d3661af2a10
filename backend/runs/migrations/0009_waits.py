import django.db.models.deletion
from django.db import migrations, models

import backend.runs.columns


def take_over(apps, schema_editor):
    """What runs wait for already gets its rows, from their journals."""
    Run, Event, Wait = (apps.get_model("runs", name) for name in ("Run", "Event", "Wait"))
    for run in Run.objects.filter(status="waiting", waiting__isnull=False).iterator():
        for reason in run.waiting or []:
            facts = Event.objects.filter(run_id=run.pk, path=reason.get("path") or "", type="node_waiting")
            fact = facts.order_by("-seq").first()
            if fact is None or fact.data.get("name") != reason.get("name"):
                continue
            until = fact.data.get("until")
            Wait.objects.create(
                workspace_id=run.workspace_id,
                run_id=run.pk,
                path=fact.path,
                name=fact.data["name"],
                attempt=fact.data.get("attempt", 1),
                reason=fact.data.get("reason", ""),
                about=fact.data.get("about") or {},
                since=fact.at,
                until=until or None,
            )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("runs", "0008_run_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="Wait",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("path", models.CharField(max_length=1000)),
                ("name", models.CharField(max_length=200)),
                ("attempt", models.PositiveIntegerField()),
                ("reason", models.CharField(max_length=40)),
                ("about", backend.runs.columns.JsonText(default=dict)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(blank=True, null=True)),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waits",
                        to="runs.run",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.workspace",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["workspace", "reason", "since"], name="wait_of_workspace")],
                "constraints": [models.UniqueConstraint(fields=("run", "path", "name"), name="wait_once")],
            },
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
