"""Who may read which document, and who may change the index."""

from collections.abc import Iterable

from narutalk.errors import Forbidden
from narutalk.identity import Identity, Role
from tools.documents.models import EVERYONE


def access_key(groups: Iterable[str]) -> str:
    """Return the key that stands for a set of groups; an empty set means everyone."""
    return "|".join(sorted(set(groups))) or EVERYONE


def may_read(identity: Identity, access: str) -> bool:
    """Whether the person may read documents with this access key."""
    if Role.ADMIN in identity.roles:
        return True
    readers = set(access.split("|"))
    return EVERYONE in readers or bool(readers & (identity.groups | identity.roles))


def may_edit(identity: Identity) -> bool:
    """Whether the person may index documents: managers and administrators may."""
    return identity.has_role(Role.MANAGER)


def require_editor(identity: Identity) -> None:
    """Raise Forbidden unless the person may index and remove documents."""
    if not may_edit(identity):
        raise Forbidden(
            "Only managers and administrators may change the documents.", code="documents_read_only"
        )
