from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("publish", "0002_token_totals"),
    ]

    operations = [
        migrations.AddField(
            model_name="publication",
            name="is_on_websites",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="publication",
            name="websites",
            field=models.JSONField(default=list),
        ),
    ]
