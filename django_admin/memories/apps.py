from django.apps import AppConfig
from django.db.models.signals import post_delete
from django.utils.translation import gettext_lazy as _


class MemoriesConfig(AppConfig):
    name = "django_admin.memories"
    label = "memories"
    verbose_name = _("Memories")

    def ready(self) -> None:
        from django_admin.accounts.models import User
        from django_admin.memories.departures import note_departure

        # A signal, because accounts end in many ways: one by one, by the list, and from a shell.
        post_delete.connect(note_departure, sender=User, dispatch_uid="memories.note_departure")
