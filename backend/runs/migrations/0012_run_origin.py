"""Which run's step a run goes on from, and what a trial is given besides its message."""

from django.db import migrations

from backend.runs.columns import JsonText


class Migration(migrations.Migration):
    dependencies = [("runs", "0011_ended_runs")]

    operations = [
        migrations.AddField("run", "origin", JsonText(blank=True, null=True)),
        migrations.AddField("run", "trial", JsonText(blank=True, null=True)),
    ]
