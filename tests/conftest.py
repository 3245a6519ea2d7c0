"""What every test stands on: no network beyond loopback, no settings from outside, a fixed clock."""

import os
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import stamina.instrumentation
import structlog
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from narutalk.identity import Identity, Role, ensure_keys
from narutalk.settings import Settings, load_settings
from tests.company import Company, start_company
from tests.fakes.openai_server import FakeOpenAI, running_openai
from tests.postgres import make_database, start_server
from tests.scheduling import SurvivingScheduling

TODAY = "2026-11-16"
FOREIGN_PREFIXES = ("NARUTALK_", "OPENAI_", "LANGSMITH_", "LANGCHAIN_")

# A busy machine is no reason to fail; the same examples on every run.
hypothesis_settings.register_profile(
    "narutalk", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("narutalk")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SurvivingScheduling | None:
    return SurvivingScheduling(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport, sched: Any) -> None:
    if isinstance(sched, SurvivingScheduling) and sched.deaths[crashitem] == 1:
        report.outcome = "rerun"  # type: ignore[assignment]  # as xdist's documentation of this hook has it


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.write_line(f"A worker died in {report.nodeid}: its stacks are above.", red=True)


@pytest.fixture(autouse=True, scope="session")
def _clean_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(FOREIGN_PREFIXES) and name not in ("NARUTALK_CHROMIUM", "NARUTALK_DATA_DIR"):
                patch.delenv(name)
        patch.setenv("NARUTALK_TODAY", TODAY)
        patch.setenv("NARUTALK_TRACE_SINK", "false")  # there is no manager behind the servers of most tests
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings over an empty data dir, with keys."""
    made = load_settings(data_dir=tmp_path, _env_file=None)
    ensure_keys(made)
    return made


@pytest.fixture
def user() -> Identity:
    return Identity(user_id="7", username="minsu")


@pytest.fixture
def admin() -> Identity:
    return Identity(user_id="1", username="admin", roles=frozenset({Role.ADMIN}))


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    """Send logs through the standard library, where pytest captures them.

    There stamina's hook cannot log: a record has no room for the key ``args``.
    """
    stamina.instrumentation.set_on_retry_hooks([])
    structlog.configure(
        processors=[structlog.stdlib.render_to_log_kwargs],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real PostgreSQL, started for the session.

    Its data lies outside of pytest's own directory: as root the server runs as another user, and every
    pytest that starts on the machine closes that directory to others.
    """
    with tempfile.TemporaryDirectory(prefix="narutalk-pg-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        server = start_server(Path(folder) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


_database_numbers = count(1)


@pytest.fixture(scope="module")
def postgres_url(postgres_server: str) -> str:
    """The address of an empty database on the session's server, one for each module."""
    return make_database(postgres_server, f"test_{next(_database_numbers)}")


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """All processes, as `narutalk up` starts them on an empty data dir."""
    with start_company(tmp_path_factory.mktemp("company") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def fake_openai() -> Iterator[FakeOpenAI]:
    """A provider for a module's tests; what `provider` gives has forgotten the test before."""
    with running_openai() as fake:
        yield fake


@pytest.fixture
def provider(fake_openai: FakeOpenAI) -> FakeOpenAI:
    fake_openai.reset()
    return fake_openai
