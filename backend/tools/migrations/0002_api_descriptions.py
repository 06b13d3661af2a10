from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tools", "0001_begin"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="toolsource", name="tool_source_kind_known"),
        migrations.AlterField(
            model_name="toolsource",
            name="kind",
            field=models.CharField(choices=[("mcp", "Mcp"), ("openapi", "Openapi")], max_length=10),
        ),
        migrations.AddConstraint(
            model_name="toolsource",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["mcp", "openapi"])), name="tool_source_kind_known"
            ),
        ),
        migrations.AddField(
            model_name="toolsource",
            name="base_address",
            field=models.CharField(blank=True, default="", max_length=2000),
        ),
        migrations.AddField(
            model_name="toolsource",
            name="service",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="sourcetool",
            name="request",
            field=models.JSONField(null=True),
        ),
    ]
