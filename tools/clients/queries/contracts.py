"""Contracts, seen through their clients."""

from collections.abc import Sequence
from datetime import UTC, date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, select

from tools.clients.models import Client, Contract, ContractNote, ContractStatus
from tools.clients.permissions import Visibility
from tools.clients.records import ContractFilter, ContractRecord, Names, NoteRecord, Page
from tools.keyset import Keyset, Listed, PageRequest, Statement, counted

MAX_NOTES = 20
CONTRACT_ORDERS = Keyset(
    {
        name: Contract.__table__.c[name]
        for name in ("id", "client_id", "start_date", "end_date", "annual_value_krw", "status")
    },
    default="end_date,id",
)


class ContractSum(NamedTuple):
    """How many contracts there are, and what they are worth in a year."""

    contracts: int
    annual_value_krw: int


class ContractTerms(NamedTuple):
    """What an analysis of every contract needs of each."""

    status: ContractStatus
    start_date: date
    end_date: date
    annual_value_krw: int
    auto_renewal: bool


def select_contract_ids(connection: Connection) -> dict[str, str]:
    """Return the client's id of every contract, by its own."""
    rows = connection.execute(select(Contract.id, Contract.client_id).order_by(Contract.id))
    return {row.id: row.client_id for row in rows}


def select_contracts(
    connection: Connection,
    visibility: Visibility,
    wanted: ContractFilter,
    *,
    limit: int | None = None,
    newest_first: bool = False,
    largest_first: bool = False,
) -> Page[ContractRecord]:
    """Return contracts in the order in which they end, or by value, and how many fit."""
    order: ColumnElement[Any] = Contract.end_date.desc() if newest_first else Contract.end_date.asc()
    if largest_first:
        order = Contract.annual_value_krw.desc()
    statement = _visible(visibility, wanted).order_by(order, Contract.id)
    if limit is not None:
        statement = statement.limit(limit)
    records = _records(connection, connection.execute(statement).all())
    return Page(
        records, sum(entry.contracts for entry in sum_contracts(connection, visibility, wanted).values())
    )


def list_contracts(
    connection: Connection, visibility: Visibility, wanted: ContractFilter, asked: PageRequest
) -> Listed[ContractRecord]:
    """Return a page of contracts."""
    statement = _visible(visibility, wanted)
    page = CONTRACT_ORDERS.page(connection, statement, asked)
    records = _records(connection, page.rows)
    return Listed(records, page.next_cursor, counted(connection, statement, asked))


def _visible(visibility: Visibility, wanted: ContractFilter) -> Statement:
    return (
        select(*Contract.__table__.columns, Client.name_en, Client.name_ko)
        .join(Client, Client.id == Contract.client_id)
        .where(*_conditions(visibility, wanted))
    )


def _records(connection: Connection, rows: Sequence[Row[Any]]) -> list[ContractRecord]:
    notes = select_notes(connection, [row.id for row in rows])
    return [
        ContractRecord(
            id=row.id,
            client_id=row.client_id,
            client=Names(en=row.name_en, ko=row.name_ko),
            title=Names(en=row.title_en, ko=row.title_ko),
            start_date=row.start_date,
            end_date=row.end_date,
            annual_value_krw=row.annual_value_krw,
            payment_terms_days=row.payment_terms_days,
            auto_renewal=row.auto_renewal,
            status=row.status,
            notes=notes.get(row.id, []),
        )
        for row in rows
    ]


def select_terms(
    connection: Connection, visibility: Visibility, wanted: ContractFilter
) -> list[ContractTerms]:
    """Return the terms of contracts, in no order."""
    columns = (Contract.__table__.c[name] for name in ContractTerms._fields)
    statement = (
        select(*columns).join(Client, Client.id == Contract.client_id).where(*_conditions(visibility, wanted))
    )
    return [ContractTerms(ContractStatus(row[0]), *row[1:]) for row in connection.execute(statement).all()]


def select_notes(connection: Connection, contract_ids: Sequence[str]) -> dict[str, list[NoteRecord]]:
    """Return by contract its latest `MAX_NOTES` notes, the newest first."""
    place = func.row_number().over(
        partition_by=ContractNote.contract_id, order_by=(ContractNote.written_at.desc(), ContractNote.id)
    )
    numbered = (
        select(*ContractNote.__table__.columns, place.label("place"))
        .where(ContractNote.contract_id.in_(contract_ids))
        .subquery()
    )
    found = connection.execute(
        select(numbered)
        .where(numbered.c.place <= MAX_NOTES)
        .order_by(numbered.c.contract_id, numbered.c.place)
    )
    notes: dict[str, list[NoteRecord]] = {}
    for row in found:
        note = NoteRecord(
            id=row.id, text=row.text, author=row.author, written_at=row.written_at.replace(tzinfo=UTC)
        )
        notes.setdefault(row.contract_id, []).append(note)
    return notes


def sum_contracts(
    connection: Connection, visibility: Visibility, wanted: ContractFilter
) -> dict[ContractStatus, ContractSum]:
    """Return number and yearly value of contracts by status."""
    statement = (
        select(
            Contract.status,
            func.count().label("contracts"),
            func.sum(Contract.annual_value_krw).label("worth"),
        )
        .join(Client, Client.id == Contract.client_id)
        .where(*_conditions(visibility, wanted))
        .group_by(Contract.status)
    )
    return {
        ContractStatus(row.status): ContractSum(row.contracts, int(row.worth))
        for row in connection.execute(statement)
    }


def _conditions(visibility: Visibility, wanted: ContractFilter) -> list[ColumnElement[bool]]:
    equal = (
        (Contract.client_id, wanted.client_id),
        (Contract.status, wanted.status),
        (Contract.auto_renewal, wanted.auto_renewal),
        (Client.region_code, wanted.region_code),
        (Client.client_type, wanted.client_type),
        (Client.grade, wanted.grade),
        (Client.owner_id, wanted.owner_id),
    )
    conditions = [visibility.clients, *(column == value for column, value in equal if value is not None)]
    if wanted.ids is not None:
        conditions.append(Contract.id.in_(wanted.ids))
    if wanted.ends_in:
        conditions.append(Contract.end_date.between(wanted.ends_in.start, wanted.ends_in.end))
    if wanted.min_annual_value_krw is not None:
        conditions.append(Contract.annual_value_krw >= wanted.min_annual_value_krw)
    if wanted.max_annual_value_krw is not None:
        conditions.append(Contract.annual_value_krw <= wanted.max_annual_value_krw)
    return conditions
