from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "django_admin.imports"
    label = "imports"
    verbose_name = _("Imports")
