"""Who may see which clients, and who may change one.

Every query passes through `visible_to`, every name through `regions_of`, every change through
`require_change`.

A group named ``region:<CODE>`` limits a person to the clients, transactions and contracts of that region;
several such groups add up. Who is in none sees every region, and so do managers and administrators. What
lies in another region looks as if it did not exist.

A client that a person may see is changed, with its contracts, by managers, by administrators, and by
the employee who looks after it: a group ``employee:<ID>`` (``employee:E0042``) says which employee a person
is. They also see who changed it before. Other groups change nothing here.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, true

from narutalk.errors import Forbidden
from narutalk.identity import EMPLOYEE_GROUP_PREFIX, REGION_GROUP_PREFIX, Identity, Role
from tools.clients.models import Client, Transaction
from tools.clients.records import ClientRecord

READERS = (Role.USER, Role.MANAGER, Role.HR, Role.REVIEWER)
READERS_OF_ALL_REGIONS = (Role.MANAGER,)
CHANGE_FORBIDDEN = {
    "en": "You may not change this client: its owner, managers and administrators may. Nothing was changed.",
    "ko": "이 거래처를 변경할 권한이 없습니다. 담당자와 관리 직책자, 관리자만 변경할 수 있습니다. "
    "아무것도 변경하지 않았습니다.",
}


@dataclass(frozen=True)
class Visibility:
    """What a person may read, as conditions that a query adds to its own.

    Attributes:
        clients: On `clients`; contracts are seen through their client.
        transactions: On `transactions`, by the region at the time of the sale.
    """

    clients: ColumnElement[bool]
    transactions: ColumnElement[bool]

    @classmethod
    def everything(cls) -> "Visibility":
        """Return the visibility without limits, for the store's own index of names."""
        return cls(clients=true(), transactions=true())

    @classmethod
    def of_regions(cls, codes: frozenset[str]) -> "Visibility":
        """Return the visibility of some regions; of no known region it is nothing."""
        return cls(
            clients=Client.region_code.in_(sorted(codes)),
            transactions=Transaction.region_code.in_(sorted(codes)),
        )


def visible_to(identity: Identity) -> Visibility:
    """Return what a person may read.

    Raises:
        Forbidden: The person has no role.
    """
    codes = regions_of(identity)
    return Visibility.everything() if codes is None else Visibility.of_regions(codes)


def regions_of(identity: Identity) -> frozenset[str] | None:
    """Return the codes of the regions a person is limited to, in capitals; None for no limit.

    Raises:
        Forbidden: The person has no role.
    """
    if not identity.has_role(*READERS):
        raise Forbidden("You are not permitted to read client data. 거래처 정보를 볼 권한이 없습니다.")
    if identity.has_role(*READERS_OF_ALL_REGIONS):
        return None
    return _named_by_groups(identity, REGION_GROUP_PREFIX) or None


def require_change(identity: Identity, client: ClientRecord) -> None:
    """Refuse a person who may not change a client, or its contracts, that they may see.

    Raises:
        Forbidden: ``change_forbidden``, with the reason in both languages.
    """
    if identity.has_role(Role.MANAGER):
        return
    if client.owner_id.upper() not in _named_by_groups(identity, EMPLOYEE_GROUP_PREFIX):
        raise Forbidden(CHANGE_FORBIDDEN["en"], code="change_forbidden", details=CHANGE_FORBIDDEN)


def _named_by_groups(identity: Identity, prefix: str) -> frozenset[str]:
    """Return what the groups with a prefix name, in capitals."""
    # However it is spelled: a group that is meant to limit, but is overlooked, would open everything.
    folded = [group.strip().casefold() for group in identity.groups]
    return frozenset(
        group.removeprefix(prefix).strip().upper() for group in folded if group.startswith(prefix)
    )
