from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0003_feedback")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="resumes",
            field=models.JSONField(blank=True, editable=False, null=True, verbose_name="approval"),
        ),
    ]
