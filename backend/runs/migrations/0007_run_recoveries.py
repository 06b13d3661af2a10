"""Counts how often a run was taken over from a worker that was gone, and when last."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0006_handled_errors")]

    operations = [
        migrations.AddField("run", "recovered_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("run", "recoveries", models.PositiveIntegerField(default=0)),
    ]
