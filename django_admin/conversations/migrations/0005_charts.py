from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0004_resumes")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="charts",
            field=models.JSONField(blank=True, default=list, verbose_name="charts"),
        ),
    ]
