from typing import Any

from django.db import migrations


def staff_by_role(apps: Any, schema_editor: Any) -> None:
    """Who may enter the admin site follows from the roles; from now on whenever a person is saved."""
    User = apps.get_model("accounts", "User")
    for user in User.objects.only("is_superuser", "is_staff", "roles").iterator():
        is_staff = user.is_superuser or "reviewer" in user.roles
        if user.is_staff != is_staff:
            User.objects.filter(pk=user.pk).update(is_staff=is_staff)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_api_keys'),
    ]

    operations = [migrations.RunPython(staff_by_role, migrations.RunPython.noop)]
