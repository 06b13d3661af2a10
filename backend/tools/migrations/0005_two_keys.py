from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tools", "0004_programs"),
    ]

    operations = [
        migrations.AddField(
            model_name="toolsource",
            name="second",
            field=models.JSONField(null=True),
        ),
    ]
