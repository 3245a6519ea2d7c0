"""The names of all clients are made anew where something changed, whoever changed it, and kept otherwise."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from narutalk.identity import OWN_CLIENTS_GROUP, Identity, Role
from narutalk.settings import load_settings
from tests.unit.tools.clients.sample import TINY, open_filled
from tools.clients import catalogue
from tools.clients.database import build_client_engine, build_transaction_engine
from tools.clients.models import Client, Contract, Product

OWNER = Identity(
    user_id="owner",
    username="owner",
    roles=frozenset({Role.USER}),
    groups=frozenset({OWN_CLIENTS_GROUP}),
    employee_id="E0003",
)


def test_a_catalogue_is_kept_until_a_name_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "KEPT_SECONDS", -1.0)  # read again each time
    settings = load_settings(data_dir=tmp_path, _env_file=None)
    with open_filled(settings, TINY) as store:
        clients = build_client_engine(settings, read_only=False)
        products = build_transaction_engine(settings, read_only=False)
        every, own = store.every_name(), store.catalogue(OWNER)
        assert store.every_name() is every
        assert store.catalogue(OWNER) is own
        changes: tuple[tuple[Engine, type[Client | Contract | Product], dict[str, str]], ...] = (
            (clients, Client, {"owner_name_ko": "새이름"}),
            (clients, Contract, {"client_id": "C0001"}),
            (products, Product, {"category": "vaccine"}),
        )
        for engine, table, values in changes:
            with engine.begin() as connection:
                connection.execute(update(table).values(values))
            changed = store.every_name()
            assert changed is not every
            assert store.catalogue(OWNER) is not own
            every, own = changed, store.catalogue(OWNER)
        assert {owner.name.ko for owner in every.owners} == {"새이름"}
        for engine in (clients, products):
            engine.dispose()
