"""What whoever asked thought of an answer."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_invites_and_audit"), ("runs", "0013_run_cost")]

    operations = [
        migrations.CreateModel(
            name="Rating",
            fields=[
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="rating",
                        serialize=False,
                        to="runs.run",
                    ),
                ),
                ("is_good", models.BooleanField()),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
                ("at", models.DateTimeField(db_default=Now())),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
                    ),
                ),
            ],
        ),
    ]
