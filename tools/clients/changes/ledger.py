"""The only place that writes to client data: each change with its record, in one transaction."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from narutalk.identity import Identity
from tools.changing import ApprovedCall
from tools.clients.changes.plan import Plan
from tools.clients.changes.refusals import changed_meanwhile
from tools.clients.models import Change, ChangeKind, Client, ClientBase, Contract, ContractNote
from tools.clients.records import ChangeRecord, Names
from tools.keyset import Keyset, Listed, PageRequest, counted

_CLIENTS = ClientBase.metadata.tables[Client.__tablename__]
_CONTRACTS = ClientBase.metadata.tables[Contract.__tablename__]
_NOTES = ClientBase.metadata.tables[ContractNote.__tablename__]
_CHANGES = ClientBase.metadata.tables[Change.__tablename__]
_UNDOING = _CHANGES.alias("undoing")
CHANGE_ORDERS = Keyset({name: _CHANGES.c[name] for name in ("id", "made_at")}, default="-made_at,id")
DATES = frozenset({"end_date"})


class ChangeLedger:
    """Makes approved changes, and tells what was changed. It checks no rights: `planning` does.

    Args:
        engine: Over `clients.db`, to be written to; the caller disposes of it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make(self, plan: Plan, identity: Identity, call: ApprovedCall) -> ChangeRecord:
        """Make a change and write it down; when its key is known, nothing happens, and that one is returned.

        Raises:
            TellTheModel: ``changed_meanwhile``: the data are not any more as the plan says; nothing happens.
        """
        try:
            with self._engine.begin() as connection:
                # The record goes first: a second call with the same key waits here, and then fails.
                connection.execute(insert(_CHANGES), _row(plan, identity, call))
                _write(connection, plan, identity, call)
        except IntegrityError as error:
            if known := self.find(call.key):
                return known
            raise changed_meanwhile() from error  # the same note, or undone by somebody else
        made = self.find(call.key)
        if made is None:
            raise RuntimeError(f"change {call.key} was made, but is not there")
        return made

    def find(self, change_id: str) -> ChangeRecord | None:
        """Return a change by its id; None when there is none."""
        return self._first(_select().where(_CHANGES.c.id == change_id))

    def latest_of(self, identity: Identity) -> ChangeRecord | None:
        """Return a person's latest change that was not taken back, of this conversation if there is one."""
        theirs = _select().where(
            _CHANGES.c.approved_by_id == identity.user_id,
            _CHANGES.c.kind != ChangeKind.UNDO,
            _UNDOING.c.id.is_(None),
        )
        here = theirs.where(_CHANGES.c.conversation_id == identity.conversation_id)
        return self._first(_newest_first(here)) or self._first(_newest_first(theirs))

    def of_client(self, client_id: str, asked: PageRequest) -> Listed[ChangeRecord]:
        """Return a page of the changes of a client and its contracts, the newest first."""
        statement = _select().where(_CHANGES.c.client_id == client_id)
        with self._engine.connect() as connection:
            page = CHANGE_ORDERS.page(connection, statement, asked)
            records = [_record(row) for row in page.rows]
            return Listed(records, page.next_cursor, counted(connection, statement, asked))

    def has_note(self, contract_id: str, text: str) -> bool:
        """Whether a note with this text stands at a contract."""
        note = select(_NOTES.c.id).where(
            _NOTES.c.contract_id == contract_id, _NOTES.c.digest == _digest(text)
        )
        with self._engine.connect() as connection:
            return connection.execute(note).first() is not None

    def holds(self, subject: Mapping[str, str | None], values: Mapping[str, Any]) -> bool:
        """Whether a record still says what it is thought to say."""
        if not values:
            return True
        if "text" in values:
            return self.has_note(str(subject["contract_id"]), values["text"])
        table, record_id = _target(subject)
        statement = select(table.c.id).where(table.c.id == record_id, *_equal(table, values))
        with self._engine.connect() as connection:
            return connection.execute(statement).first() is not None

    def _first(self, statement: Select[Any]) -> ChangeRecord | None:
        with self._engine.connect() as connection:
            row = connection.execute(statement.limit(1)).first()
        return _record(row) if row else None


def _write(connection: Connection, plan: Plan, identity: Identity, call: ApprovedCall) -> None:
    """Make the change itself, if what it was planned from is still so."""
    contract_id = plan.subject["contract_id"]
    if "text" in plan.after:
        connection.execute(
            insert(_NOTES),
            {
                "id": call.key,
                "contract_id": contract_id,
                "text": plan.after["text"],
                "digest": _digest(plan.after["text"]),
                "author": identity.username,
                "written_at": _now(),
            },
        )
        return
    if "text" in plan.before:
        done = connection.execute(
            delete(_NOTES).where(
                _NOTES.c.contract_id == contract_id, _NOTES.c.digest == _digest(plan.before["text"])
            )
        )
    else:
        table, record_id = _target(plan.subject)
        done = connection.execute(
            update(table)
            .where(table.c.id == record_id, *_equal(table, plan.before))
            .values(_typed(plan.after))
        )
    if done.rowcount != 1:
        raise changed_meanwhile()


def _target(subject: Mapping[str, str | None]) -> tuple[Table, str | None]:
    contract_id = subject["contract_id"]
    return (_CONTRACTS, contract_id) if contract_id else (_CLIENTS, subject["client_id"])


def _equal(table: Table, values: Mapping[str, Any]) -> list[Any]:
    return [table.c[name] == value for name, value in _typed(values).items()]


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: date.fromisoformat(value) if name in DATES else value for name, value in values.items()}


def _row(plan: Plan, identity: Identity, call: ApprovedCall) -> dict[str, Any]:
    return {
        "id": call.key,
        "kind": plan.kind,
        **plan.subject,
        "before": dict(plan.before),
        "after": dict(plan.after),
        "reason": call.question,
        "asked_by_id": call.asked_by_id,
        "asked_by": call.asked_by,
        "approved_by_id": identity.user_id,
        "approved_by": identity.username,
        "conversation_id": call.conversation_id,
        "run_id": call.run_id,
        "made_at": _now(),
    }


def _select() -> Select[Any]:
    return (
        select(
            _CHANGES,
            _UNDOING.c.id.label("undone_by"),
            _CLIENTS.c.name_en.label("client_en"),
            _CLIENTS.c.name_ko.label("client_ko"),
            _CONTRACTS.c.title_en.label("contract_en"),
            _CONTRACTS.c.title_ko.label("contract_ko"),
        )
        .join(_CLIENTS, _CLIENTS.c.id == _CHANGES.c.client_id)
        .outerjoin(_CONTRACTS, _CONTRACTS.c.id == _CHANGES.c.contract_id)
        .outerjoin(_UNDOING, _UNDOING.c.undoes == _CHANGES.c.id)
    )


def _newest_first(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(_CHANGES.c.made_at.desc(), _CHANGES.c.id)


def _record(row: Row[Any]) -> ChangeRecord:
    named = row._mapping
    own = {name: named[name] for name in ChangeRecord.model_fields if name in named}
    return ChangeRecord.model_validate(
        {
            **own,
            "client": Names(en=row.client_en, ko=row.client_ko),
            "contract": Names(en=row.contract_en, ko=row.contract_ko) if row.contract_en else None,
            "made_at": row.made_at.replace(tzinfo=UTC),
        }
    )


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
