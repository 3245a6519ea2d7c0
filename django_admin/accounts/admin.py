"""People and document groups in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from django_admin.accounts.models import GRANTABLE_ROLES, User


class UserForm(UserChangeForm):  # type: ignore[misc]
    """Roles as boxes to tick."""

    roles = forms.MultipleChoiceField(
        label=_("roles"),
        required=False,
        choices=[(role.value, role.value) for role in GRANTABLE_ROLES],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Everyone is a user; superusers are administrators."),
    )


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    fields = ("name",)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]
    form = UserForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "email", "role_names", "is_active", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (_("Rights"), {"fields": ("roles", "groups", "is_active", "is_staff", "is_superuser")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()

    @admin.display(description=_("roles"))
    def role_names(self, user: User) -> str:
        return ", ".join([*(["admin"] if user.is_superuser else []), *user.roles]) or "user"

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).order_by("username")
