"""Who may see which clients, and who may change one.

Every query passes through `visible_to`, every name through `limits_of`, every change through
`require_change`.

A group named ``region:<CODE>`` limits a person to the clients, transactions and contracts of that region;
several such groups add up. Who is in none sees every region, and so do managers and administrators. What
lies in another region looks as if it did not exist. The group ``clients:own`` limits a person to the clients
they look after, as the employee that `Identity.employee_id` says: who is none sees no client. Both limits
hold at once.

A client that a person may see is changed, with its contracts, by managers, by administrators, and by
the employee who looks after it. They also see who changed it before. Other groups change nothing here.
"""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, true
from sqlalchemy.orm import DeclarativeBase

from narutalk.errors import Forbidden
from narutalk.identity import OWN_CLIENTS_GROUP, REGION_GROUP_PREFIX, Identity, Role
from tools.clients.models import Client, Transaction
from tools.clients.records import ClientRecord

READERS = (Role.USER, Role.MANAGER, Role.HR, Role.REVIEWER)
READERS_OF_ALL_REGIONS = (Role.MANAGER,)
CHANGE_FORBIDDEN = {
    "en": "You may not change this client: its owner, managers and administrators may. Nothing was changed.",
    "ko": "이 거래처를 변경할 권한이 없습니다. 담당자와 관리 직책자, 관리자만 변경할 수 있습니다. "
    "아무것도 변경하지 않았습니다.",
}
NOBODY = ""
"""As an owner: of no client."""


class Limits(NamedTuple):
    """What a person is limited to; None for no limit.

    Attributes:
        regions: Codes, in capitals.
        owner_id: Of the employee who looks after the clients.
    """

    regions: frozenset[str] | None = None
    owner_id: str | None = None


@dataclass(frozen=True)
class Visibility:
    """What a person may read, as conditions that a query adds to its own.

    Attributes:
        limits: Of the person.
        clients: On `clients`; contracts are seen through their client.
        transactions: On `transactions`, by the region and the owner at the time of the sale.
    """

    limits: Limits
    clients: ColumnElement[bool]
    transactions: ColumnElement[bool]

    @classmethod
    def everything(cls) -> "Visibility":
        """Return the visibility without limits, for the store's own index of names."""
        return cls.within(Limits())

    @classmethod
    def within(cls, limits: Limits) -> "Visibility":
        """Return the visibility within limits; of no known region, or owner, it is nothing."""
        return cls(limits, _condition(Client, limits), _condition(Transaction, limits))

    def on(self, table: type[DeclarativeBase]) -> ColumnElement[bool]:
        """Return the condition on a table that sums transactions up.

        Raises:
            KeyError: The person is limited to what the table does not tell apart.
        """
        return _condition(table, self.limits)


def _condition(table: type[DeclarativeBase], limits: Limits) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    columns = table.__table__.c
    if limits.regions is not None:
        conditions.append(columns["region_code"].in_(sorted(limits.regions)))
    if limits.owner_id is not None:
        conditions.append(columns["owner_id"] == limits.owner_id)
    return and_(*conditions)


def visible_to(identity: Identity) -> Visibility:
    """Return what a person may read.

    Raises:
        Forbidden: The person has no role.
    """
    return Visibility.within(limits_of(identity))


def limits_of(identity: Identity) -> Limits:
    """Return what a person is limited to.

    Raises:
        Forbidden: The person has no role.
    """
    if not identity.has_role(*READERS):
        raise Forbidden("You are not permitted to read client data. 거래처 정보를 볼 권한이 없습니다.")
    if identity.has_role(*READERS_OF_ALL_REGIONS):
        return Limits()
    is_owner = identity.is_in_group(OWN_CLIENTS_GROUP)
    return Limits(
        identity.named_by_groups(REGION_GROUP_PREFIX) or None,
        (identity.employee_id or NOBODY) if is_owner else None,
    )


def require_change(identity: Identity, client: ClientRecord) -> None:
    """Refuse a person who may not change a client, or its contracts, that they may see.

    Raises:
        Forbidden: ``change_forbidden``, with the reason in both languages.
    """
    if identity.has_role(Role.MANAGER):
        return
    if client.owner_id != identity.employee_id:
        raise Forbidden(CHANGE_FORBIDDEN["en"], code="change_forbidden", details=CHANGE_FORBIDDEN)
