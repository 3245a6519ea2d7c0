"""The key that signs sessions."""

import os
import secrets
from pathlib import Path

from narutalk.errors import ConfigurationError
from narutalk.settings import Settings


def secret_key(settings: Settings) -> str:
    """Return the key from the settings, or in dev the one in the data dir, which is made once (mode 0600).

    Raises:
        ConfigurationError: In production without a key.
    """
    if settings.secret_key:
        return settings.secret_key.get_secret_value()
    if settings.env == "production":
        raise ConfigurationError("NARUTALK_ENV=production needs NARUTALK_SECRET_KEY. See .env.example.")
    path = settings.data_dir / "keys" / "django-secret"
    if not path.exists():
        _make(path)
    return path.read_text()


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, path)  # whole, and by one process only: the others read what the first one made
    except FileExistsError:
        pass
    finally:
        draft.unlink()
