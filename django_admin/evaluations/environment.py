"""What a run depended on, beside its dataset and parameters."""

import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from narutalk.settings import Settings

GIT_TIMEOUT_SECONDS = 5


def describe_environment(settings: Settings) -> dict[str, str]:
    """Return versions and models as this process knows them; the services run with the same settings."""
    return {
        "version": version("narutalk"),
        "commit": _commit(),
        "model": settings.model if settings.uses_llm else "offline",
        "embedding_model": settings.embedding_model,
        "today": settings.today.isoformat() if settings.today else "",
    }


def _commit() -> str:
    """Return the commit that is checked out, marked when files differ; empty outside of a repository."""
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        found = subprocess.run(  # noqa: S603  (fixed arguments)
            command,
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=GIT_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
