"""The real employee and client services on real ports, over a company of one department and one region."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr
from sqlalchemy import Engine, insert

from narutalk.identity import Identity, Issuer, Role, build_signer
from narutalk.settings import Settings, load_settings
from services.process import build_app
from tests.fakes.manager import keys_dir
from tests.fakes.router_server import serve
from tools.clients.database import build_client_engine, migrate_clients
from tools.clients.models import ClientRegion
from tools.employees.database import build_employee_engine, migrate_employees
from tools.employees.models import Department, Region

SALES = {"code": "SAL", "name_en": "Sales", "name_ko": "영업부"}
ADMINISTRATOR = Identity(user_id="1", username="root", roles=frozenset({Role.ADMIN}))
SEOUL = {"code": "SEO", "name_en": "Seoul", "name_ko": "서울"}


@dataclass(frozen=True)
class ImportingServices:
    """An employee and a client service that run."""

    employee_url: str
    client_url: str
    settings: Settings


@contextmanager
def running_importing_services(data_dir: Path, **databases: SecretStr) -> Iterator[ImportingServices]:
    """Serve both services from an empty data dir; they know the manager's key.

    Args:
        data_dir: For what is in no other database.
        databases: Settings with the addresses of databases; left out, they are SQLite files.
    """
    shutil.copytree(keys_dir() / "keys", data_dir / "keys")
    settings = load_settings(data_dir=data_dir, port=1, ship_logs=False, **databases)
    migrate_employees(settings)
    migrate_clients(settings)
    employees = build_employee_engine(settings, read_only=False)
    clients = build_client_engine(settings, read_only=False)
    _insert(employees, {Department: SALES, Region: SEOUL})
    _insert(clients, {ClientRegion: SEOUL})
    with (
        serve(build_app("employee", settings)) as employee_url,
        serve(build_app("client", settings)) as client_url,
    ):
        # FastAPI builds its routes at the first request and turns a warning off meanwhile, in all threads:
        # two services that do so at once would switch it on for each other.
        token = build_signer(settings, Issuer.MANAGER).sign(ADMINISTRATOR)
        for url in (employee_url, client_url):
            answer = httpx.get(
                f"{url}/imports", headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False
            )
            assert answer.is_success, answer.text
        yield ImportingServices(employee_url, client_url, settings)


def _insert(engine: Engine, rows: dict[type, dict[str, str]]) -> None:
    with engine.begin() as connection:
        for table, row in rows.items():
            connection.execute(insert(table), [row])
    engine.dispose()
