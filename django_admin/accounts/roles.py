"""What a person's roles open in the manager's own pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from django_admin.accounts.models import User
from narutalk.identity import Role
from narutalk.import_rights import IMPORTERS

View = Callable[..., HttpResponseBase]


def has_role(user: object, *roles: Role) -> bool:
    """Whether a person has one of the roles; an administrator has all, and who is signed out has none."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return user.is_superuser or any(role in user.roles for role in roles)


def is_admin(request: HttpRequest) -> bool:
    """Whether the sidebar shows what is for administrators; the pages themselves ask again."""
    return has_role(request.user, Role.ADMIN)


def is_reviewer(request: HttpRequest) -> bool:
    """Whether the sidebar shows what is for reviewers; the pages themselves ask again."""
    return has_role(request.user, Role.REVIEWER)


def may_import(user: object) -> bool:
    """Whether a person is shown the import page; what they may import, the services decide."""
    return has_role(user, *(role for roles in IMPORTERS.values() for role in roles))


def is_importer(request: HttpRequest) -> bool:
    """Whether the sidebar shows the import page; the page itself asks again."""
    return may_import(request.user)


def role_required(*roles: Role) -> Callable[[View], View]:
    """Refuse a (synchronous) page with 403 to those who are signed in without one of the roles."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not has_role(request.user, *roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    return decorate


class RolePermissions:
    """Who may do what with a model in the admin, by role instead of by Django's permissions.

    Mixed in before `ModelAdmin`. An administrator may do all; others what the roles below say.

    Attributes:
        view_roles: May read.
        change_roles: May add, change and delete.
    """

    view_roles: tuple[Role, ...] = ()
    change_roles: tuple[Role, ...] = ()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, *self.view_roles)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, *self.view_roles)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, *self.change_roles)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, *self.change_roles)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, *self.change_roles)


class ReadOnly:
    """A model that the admin shows and never writes; mixed in before all others."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
