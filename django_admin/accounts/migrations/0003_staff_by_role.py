from typing import Any

from django.db import migrations


def staff_by_role(apps: Any, schema_editor: Any) -> None:
    """Let those in who have a role that needs the admin site; from now on it happens when a role is saved."""
    User = apps.get_model("accounts", "User")
    for user in User.objects.only("is_superuser", "is_staff", "roles").iterator():
        if not user.is_staff and (user.is_superuser or "reviewer" in user.roles):
            User.objects.filter(pk=user.pk).update(is_staff=True)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_api_keys'),
    ]

    operations = [migrations.RunPython(staff_by_role, migrations.RunPython.noop)]
