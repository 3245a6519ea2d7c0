"""Clients: all, some, one."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, select

from tools.clients.models import Client, ClientRegion
from tools.clients.permissions import Visibility
from tools.clients.records import ClientFilter, ClientRecord, Names, Page, Region
from tools.keyset import Keyset, Listed, PageRequest, Statement, counted

_COLUMNS = (
    *Client.__table__.columns,
    ClientRegion.name_en.label("region_name_en"),
    ClientRegion.name_ko.label("region_name_ko"),
)
CLIENT_ORDERS = Keyset(
    {
        name: Client.__table__.c[name]
        for name in ("id", "name_en", "name_ko", "client_type", "region_code", "grade", "owner_id", "since")
    },
    default="grade,id",
)


class ClientBrief(NamedTuple):
    """Who a client is, in short."""

    id: str
    name_en: str
    name_ko: str
    grade: str


def select_clients(
    connection: Connection,
    visibility: Visibility,
    wanted: ClientFilter,
    *,
    limit: int | None = None,
) -> Page[ClientRecord]:
    """Return clients, the best grade first and then by id, and how many fit."""
    statement = _visible(visibility, wanted).order_by(Client.grade, Client.id)
    if limit is not None:
        statement = statement.limit(limit)
    records = read_clients(connection.execute(statement).all())
    conditions = [visibility.clients, *client_conditions(wanted)]
    total = connection.scalar(select(func.count()).select_from(Client).where(*conditions))
    return Page(records, total or 0)


def select_all_rows(connection: Connection) -> Sequence[Row[Any]]:
    """Return every client in the order of `select_clients`, as `read_clients` reads them."""
    statement = _visible(Visibility.everything(), ClientFilter()).order_by(Client.grade, Client.id)
    return connection.execute(statement).all()


def read_clients(rows: Sequence[Row[Any]]) -> list[ClientRecord]:
    """Return the records of rows."""
    return [_record(row) for row in rows]


def select_ids(connection: Connection, visibility: Visibility, wanted: ClientFilter) -> Sequence[str]:
    """Return the ids of clients, in order."""
    statement = select(Client.id).where(visibility.clients, *client_conditions(wanted)).order_by(Client.id)
    return connection.scalars(statement).all()


def select_briefs(connection: Connection, visibility: Visibility, wanted: ClientFilter) -> list[ClientBrief]:
    """Return clients in short, by id."""
    columns = (Client.id, Client.name_en, Client.name_ko, Client.grade)
    statement = select(*columns).where(visibility.clients, *client_conditions(wanted)).order_by(Client.id)
    return [ClientBrief(*row) for row in connection.execute(statement).all()]


def list_clients(
    connection: Connection, visibility: Visibility, wanted: ClientFilter, asked: PageRequest
) -> Listed[ClientRecord]:
    """Return a page of clients."""
    statement = _visible(visibility, wanted)
    page = CLIENT_ORDERS.page(connection, statement, asked)
    records = [_record(row) for row in page.rows]
    return Listed(records, page.next_cursor, counted(connection, statement, asked))


def count_clients(
    connection: Connection, visibility: Visibility, wanted: ClientFilter, by: ColumnElement[str]
) -> dict[str, int]:
    """Return how many clients fit for each value of a column."""
    statement = (
        select(by, func.count())
        .select_from(Client)
        .where(visibility.clients, *client_conditions(wanted))
        .group_by(by)
        .order_by(by)
    )
    return {key: count for key, count in connection.execute(statement)}


def select_regions(connection: Connection) -> list[Region]:
    """Return all regions."""
    rows = connection.execute(select(*ClientRegion.__table__.columns).order_by(ClientRegion.code))
    return [Region(code=row.code, name=Names(en=row.name_en, ko=row.name_ko)) for row in rows]


def client_conditions(wanted: ClientFilter) -> list[ColumnElement[bool]]:
    """Return a filter's conditions on `clients`."""
    equal = (
        (Client.client_type, wanted.client_type),
        (Client.region_code, wanted.region_code),
        (Client.grade, wanted.grade),
        (Client.status, wanted.status),
    )
    conditions = [column == value for column, value in equal if value is not None]
    if wanted.since_from is not None:
        conditions.append(Client.since >= wanted.since_from)
    if wanted.since_to is not None:
        conditions.append(Client.since <= wanted.since_to)
    any_of: tuple[tuple[ColumnElement[str], Sequence[str] | None], ...] = (
        (Client.__table__.c.owner_id, wanted.owner_ids),
        (Client.__table__.c.id, wanted.ids),
    )
    return conditions + [column.in_(values) for column, values in any_of if values is not None]


def _visible(visibility: Visibility, wanted: ClientFilter) -> Statement:
    return (
        select(*_COLUMNS)
        .join(ClientRegion, ClientRegion.code == Client.region_code)
        .where(visibility.clients, *client_conditions(wanted))
    )


def _record(row: Row[Any]) -> ClientRecord:
    return ClientRecord(
        id=row.id,
        name=Names(en=row.name_en, ko=row.name_ko),
        client_type=row.client_type,
        region_code=row.region_code,
        region=Names(en=row.region_name_en, ko=row.region_name_ko),
        grade=row.grade,
        owner_id=row.owner_id,
        owner=Names(en=row.owner_name_en, ko=row.owner_name_ko),
        status=row.status,
        since=row.since,
        phone=row.phone,
        address=row.address,
        contact_name=row.contact_name,
        contact_email=row.contact_email,
    )
