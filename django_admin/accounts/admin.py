"""People, groups and API keys in the admin: for administrators only."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from django_admin.accounts.key_actions import do_revoke_key
from django_admin.accounts.models import GRANTABLE_ROLES, ApiKey, User
from django_admin.accounts.roles import ReadOnly, RolePermissions, has_role
from narutalk.identity import Role

GROUPS_HELP = _(
    "The name of a document group opens its documents. A group named region:CODE, such as region:SEO, limits "
    "its people to the clients of that region; who is in no such group, and every manager, sees all regions. "
    "employee:ID, such as employee:E0042, says which employee a person is: their records, the clients they "
    "look after and, for managers, the people below. clients:own limits its people to the clients they look "
    "after. analyst opens questions in SQL."
)
KEY_STATES = {"active": _("active"), "expired": _("expired"), "revoked": _("revoked")}
KEY_COLOURS = {"active": "success", "expired": "warning", "revoked": "danger"}


class UserForm(UserChangeForm):  # type: ignore[misc]
    """Roles and groups as boxes to tick."""

    roles = forms.MultipleChoiceField(
        label=_("roles"),
        required=False,
        choices=[(role.value, role.value) for role in GRANTABLE_ROLES],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Everyone is a user; superusers are administrators."),
    )
    groups = forms.ModelMultipleChoiceField(
        label=_("Groups"),
        required=False,
        queryset=Group.objects.order_by("name"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=GROUPS_HELP,
    )


admin.site.unregister(Group)


class GroupForm(forms.ModelForm):  # type: ignore[type-arg]
    """A group's name says what it does."""

    class Meta:
        model = Group
        fields = ("name",)
        widgets: ClassVar[dict[str, forms.Widget]] = {"name": UnfoldAdminTextInputWidget()}
        help_texts: ClassVar[dict[str, Promise]] = {"name": GROUPS_HELP}


@admin.register(Group)
class GroupAdmin(RolePermissions, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    form = GroupForm
    list_per_page = 50


@admin.register(User)
class UserAdmin(RolePermissions, DjangoUserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]
    form = UserForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "email", "role_names", "is_active", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (_("Rights"), {"fields": ("roles", "groups", "is_active", "is_superuser")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    list_per_page = 50

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = False  # there is no box for it: it follows from the roles, also when one is taken away
        super().save_model(request, obj, form, change)

    @admin.display(description=_("roles"))
    def role_names(self, user: User) -> str:
        return ", ".join([*(["admin"] if user.is_superuser else []), *user.roles]) or "user"

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).order_by("username")


class KeyStateFilter(admin.SimpleListFilter):
    """Keys that open something, and those that have ended."""

    title = _("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(KEY_STATES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        now = timezone.now()
        states = {
            "active": Q(revoked_at__isnull=True, expires_at__gt=now),
            "expired": Q(revoked_at__isnull=True, expires_at__lte=now),
            "revoked": Q(revoked_at__isnull=False),
        }
        return queryset.filter(states.get(self.value() or "", Q()))


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly, RolePermissions, ModelAdmin):  # type: ignore[misc]
    """All keys, to see and to revoke.

    Nobody makes a key here: it would have to be shown to, and passed on by, another person than its owner.
    """

    list_display = ("name", "prefix", "owner", "shown_scopes", "state", "last_used_at", "expires_at")
    list_filter = (
        KeyStateFilter,
        ("owner", admin.RelatedOnlyFieldListFilter),
        ("expires_at", RangeDateTimeFilter),
        ("last_used_at", RangeDateTimeFilter),
    )
    list_filter_submit = True
    list_select_related = ("owner",)
    list_per_page = 50
    search_fields = ("name", "prefix", "owner__username")
    ordering = ("-created_at",)
    fields = (
        "name",
        "prefix",
        "owner",
        "shown_scopes",
        "state_name",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, Role.ADMIN)

    @action(description=_("Revoke the chosen keys"), permissions=["revoke"])  # type: ignore[untyped-decorator]
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        if isinstance(request.user, User):
            for key in queryset:
                do_revoke_key(key, by=request.user)

    @admin.display(description=_("scopes"))
    def shown_scopes(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @display(description=_("status"), label=KEY_COLOURS)  # type: ignore[untyped-decorator]
    def state(self, key: ApiKey) -> tuple[str, Promise]:
        state = _state_of(key)
        return state, KEY_STATES[state]

    @admin.display(description=_("status"))
    def state_name(self, key: ApiKey) -> Promise:
        return KEY_STATES[_state_of(key)]


def _state_of(key: ApiKey) -> str:
    if key.is_active(timezone.now()):
        return "active"
    return "expired" if key.revoked_at is None else "revoked"
