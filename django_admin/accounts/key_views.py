"""The page on which people make, see and revoke their own API keys."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from django_admin.accounts.key_access import access_own_key
from django_admin.accounts.key_actions import MAX_ACTIVE_KEYS, IssuedKey, do_create_key, do_revoke_key
from django_admin.accounts.key_forms import KeyForm
from django_admin.accounts.models import ApiKey, User
from django_admin.accounts.scopes import SCOPE_TITLES
from narutalk.errors import Conflict, NotFound

PAGE_SIZE = 20


@never_cache
@require_http_methods(["GET", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """Show a person's keys; a posted form makes one, which is shown on this answer and never again."""
    user = _person(request)
    if request.method != "POST":
        return _page(request, user, KeyForm())
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, user, form)
    wanted = form.cleaned_data
    try:
        issued = do_create_key(
            user, name=wanted["name"], scopes=wanted["scopes"], days=wanted["days"], key_id=wanted["id"]
        )
    except Conflict as error:
        if error.code == "key_exists":  # the form was sent again: the key was shown the first time
            return HttpResponseRedirect(reverse("keys"))
        form.add_error(
            None, _("You have %(count)s keys already. Revoke one first.") % {"count": MAX_ACTIVE_KEYS}
        )
        return _page(request, user, form)
    return _page(request, user, KeyForm(), issued)


@require_POST
def revoke_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """End one of a person's keys."""
    user = _person(request)
    try:
        do_revoke_key(access_own_key(user, key_id), by=user)
    except NotFound as error:
        raise Http404 from error
    return HttpResponseRedirect(reverse("keys"))


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _page(request: HttpRequest, user: User, form: KeyForm, issued: IssuedKey | None = None) -> HttpResponse:
    page = Paginator(ApiKey.objects.filter(owner=user), PAGE_SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "form": form,
        "chosen_scopes": form["scopes"].value() or [],
        "chosen_days": str(form["days"].value()),
        "issued": issued,
        "page": page,
        "keys": [_shown(key) for key in page],
    }
    return render(request, "accounts/keys.html", context)


def _shown(key: ApiKey) -> dict[str, Any]:
    now = timezone.now()
    titles = {scope.value: title for scope, title in SCOPE_TITLES.items()}
    return {
        "key": key,
        "scopes": [{"name": name, "title": titles.get(name, name)} for name in key.scopes],
        "is_active": key.is_active(now),
        "is_expired": key.revoked_at is None and key.expires_at <= now,
    }
