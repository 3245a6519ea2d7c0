from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from narutalk.clock import build_clock
from narutalk.db import build_engine, database_url
from narutalk.offline.hints import hints_of
from narutalk.offline.planning import OfflineTool
from narutalk.sql_recording import record_statements
from tests.unit.tools.employees.sample import TODAY, fill
from tools.employees.store import EmployeeStore
from tools.employees.tools import build_employee_tools


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("employees")
    engine = build_engine(database_url("", folder, "employees"))
    fill(engine)
    record_statements(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def store(engine: Engine) -> EmployeeStore:
    return EmployeeStore(engine, build_clock(TODAY))


@pytest.fixture(scope="session")
def offline_tools(store: EmployeeStore) -> list[OfflineTool]:
    tools = []
    for tool in build_employee_tools(store):
        hints = hints_of(tool)
        schema = tool.get_input_jsonschema()
        assert hints is not None
        tools.append(OfflineTool(tool.name, frozenset(schema.get("required", ())) - {"runtime"}, hints))
    return tools
