"""The sidebar of the operators' and reviewers' pages: what there is, where, and who sees the entry.

The pages themselves ask for the role again.
"""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ADMINISTRATORS = "django_admin.accounts.roles.is_admin"
REVIEWERS = "django_admin.accounts.roles.is_reviewer"
IMPORTERS = "django_admin.accounts.roles.is_importer"


def _is_dashboard(request: HttpRequest) -> bool:
    return request.path == reverse("dashboard")


def _entry(
    title: Promise | str, icon: str, url_name: str, permission: str = ADMINISTRATORS
) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(url_name), "permission": permission}


NAVIGATION: list[dict[str, Any]] = [
    {
        "title": _("Monitoring"),
        "items": [
            # Its address begins that of the others, which unfold would take for the same page.
            {**_entry(_("Services"), "monitor_heart", "dashboard"), "active": _is_dashboard},
            _entry(_("Logs"), "receipt_long", "logs"),
            _entry(_("Traces"), "account_tree", "traces"),
        ],
    },
    {
        "title": _("Conversations"),
        "items": [
            _entry(_("Conversations"), "forum", "admin:conversations_conversation_changelist", REVIEWERS),
            _entry(_("Labels"), "label", "admin:reviews_label_changelist", REVIEWERS),
            _entry(_("Who opened what"), "visibility", "admin:reviews_reviewaccess_changelist"),
        ],
    },
    {
        "title": _("Quality"),
        "items": [_entry(_("Evaluations"), "labs", "admin:evaluations_evaluationrun_changelist")],
    },
    {
        "title": _("Company data"),
        "items": [_entry(_("Import"), "upload_file", "imports", IMPORTERS)],
    },
    {
        "title": _("People"),
        "items": [
            _entry(_("Users"), "person", "admin:accounts_user_changelist"),
            _entry(_("Groups"), "group", "admin:auth_group_changelist"),
            _entry(_("API keys"), "key", "admin:accounts_apikey_changelist"),
        ],
    },
]
