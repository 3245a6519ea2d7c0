"""What must be there before the processes start: keys, databases, the sample company, the administrator."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from narutalk.db import create_missing_database, database_url
from narutalk.errors import ConfigurationError, NaruTalkError
from narutalk.identity import ensure_keys
from narutalk.settings import Settings
from tools.sample_company.company import sample_groups

STEP_TIMEOUT_SECONDS = 600


@dataclass(frozen=True)
class Login:
    """The first administrator; the password is known only when it was made just now, or set."""

    username: str
    password: str | None
    created: bool


async def prepare(settings: Settings, environment: Mapping[str, str], *, sample: bool) -> Login:
    """Make keys, databases and the administrator, migrate, load the sample company where data is missing.

    The steps run side by side, each in a process of its own, so that what they load is gone afterwards.

    Raises:
        ConfigurationError: A database cannot be made, or a step failed; its output is in the message.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if settings.env == "dev":
        ensure_keys(settings)
    await asyncio.to_thread(create_missing_databases, settings)
    steps = ["services.company_data"]
    arguments = [] if sample else ["--empty"]
    async with asyncio.TaskGroup() as group:
        manager = group.create_task(_run("django_admin.setup", _group_options(sample), environment))
        for step in steps:
            group.create_task(_run(step, arguments, environment))
    login = json.loads(manager.result().strip().splitlines()[-1])
    return Login(login["username"], login.get("password"), bool(login.get("created")))


def _group_options(sample: bool) -> list[str]:
    return [option for name in sample_groups() for option in ("--group", name)] if sample else []


def create_missing_databases(settings: Settings) -> None:
    """Make the PostgreSQL databases that the settings name and the server does not have.

    Raises:
        ConfigurationError: The server does not answer, or refuses.
    """
    given: tuple[SecretStr, ...] = (
        settings.database_url,
        settings.employee_database_url,
        settings.client_database_url,
        settings.transaction_database_url,
    )
    for url in dict.fromkeys(secret.get_secret_value() for secret in given):
        if url:
            create_missing_database(database_url(url, settings.data_dir, ""))


def own_errors(error: Exception) -> list[NaruTalkError]:
    """Return our own errors inside a task group's; anything else is raised again."""
    if isinstance(error, NaruTalkError):
        return [error]
    if isinstance(error, ExceptionGroup):
        ours, others = error.split(NaruTalkError)
        if ours is not None and others is None:
            return [reason for inner in ours.exceptions for reason in own_errors(inner)]
    raise error


async def _run(module: str, arguments: list[str], environment: Mapping[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        env=dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(STEP_TIMEOUT_SECONDS):
            out, err = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        tail = "\n".join((err or out).decode(errors="replace").splitlines()[-15:])
        raise ConfigurationError(f"{module} failed:\n{tail}", code="preparation_failed")
    return out.decode()
