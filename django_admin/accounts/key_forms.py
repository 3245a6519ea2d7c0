"""The form that makes an API key."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from django_admin.accounts.key_actions import DEFAULT_DAYS
from django_admin.accounts.models import MAX_KEY_NAME_CHARS
from django_admin.accounts.scopes import SCOPE_TITLES, Scope

LIFETIMES_DAYS = {7: _("1 week"), 30: _("30 days"), 90: _("90 days"), 365: _("1 year")}


class KeyForm(forms.Form):
    """What a key is for, what it opens, and for how long; `id` makes sending the form twice harmless."""

    id = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput)
    name = forms.CharField(max_length=MAX_KEY_NAME_CHARS)
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, title) for scope, title in SCOPE_TITLES.items()],
        initial=[Scope.CHAT.value],
        error_messages={"required": _("Choose at least one thing that the key may do.")},
    )
    days = forms.TypedChoiceField(choices=list(LIFETIMES_DAYS.items()), coerce=int, initial=DEFAULT_DAYS)
