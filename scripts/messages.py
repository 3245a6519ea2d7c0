"""Compiles every catalogue of translations of the manager: `django.po` to `django.mo`, beside it."""

from pathlib import Path

import polib

for path in Path(__file__).parents[1].glob("django_admin/**/locale/*/LC_MESSAGES/django.po"):
    polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))
