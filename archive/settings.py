"""All settings: one typed object, read from ``ANYU_*`` and ``anyu.toml`` here only."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Settings(BaseSettings):
    """What an operator may set; arguments outrank the environment, that outranks ``anyu.toml``."""

    model_config = SettingsConfigDict(env_prefix="ANYU_", toml_file="anyu.toml", extra="ignore")

    home: Path = Field(default=Path("anyu-home"), description="folder of ledger, index, evidence")
    ledger_url: str | None = Field(default=None, description="SQLAlchemy URL; default: in home")
    index_url: str | None = Field(
        default=None, description="sqlite, or elasticsearch://host:9200,host2:9200/name"
    )
    elasticsearch_api_key: SecretStr | None = Field(default=None, description="encoded API key")
    elasticsearch_ca: Path | None = Field(default=None, description="certificates to trust, PEM")
    elasticsearch_timeout: float = Field(default=30, gt=0, description="seconds a request may take")
    search_seconds: float = Field(default=20, gt=0, description="seconds a search may take")
    index_keep_days: int = Field(
        default=7, ge=0, description="how long an index that was replaced is kept"
    )
    corpus: Path | None = Field(default=None, description="folder of the training files")
    model: Path | None = Field(
        default=None, description="model folder or id; default: the home's, else the shipped one"
    )
    cache: Path = Field(
        default_factory=lambda: Path.home() / ".cache" / "anyu",
        description="folder of downloads that can be had again",
    )
    chromium: Path | None = Field(default=None, description="browser to use; default: found")
    retention_days: int = Field(default=7, ge=0, description="how long innocent posts are kept")
    review_days: int = Field(default=30, ge=0, description="how long doubtful posts are kept")
    tsa_url: str | None = Field(default=None, description="RFC 3161 time-stamping authority")
    tsa_root: Path | None = Field(default=None, description="its root, PEM; default: system's")
    operator: str = Field(default="operator", description="who runs jobs, written to the chain")
    crawl_delay: float | None = Field(
        default=None, ge=0, description="seconds between requests; default: the platform's own"
    )
    lease_seconds: float = Field(default=120, gt=0, description="how long a worker holds a page")
    schedule_zone: str = Field(default="Asia/Shanghai", description="zone of the schedule's times")
    alarm_webhook: str | None = Field(default=None, description="address that alarms are posted to")
    alarm_mail_to: tuple[str, ...] = Field(default=(), description="who gets alarms by mail")
    alarm_mail_from: str = Field(default="anyu@localhost", description="sender of alarms")
    smtp_host: str | None = Field(default=None, description="mail server of alarms")
    smtp_port: int = Field(default=25, description="its port")
    smtp_starttls: bool = Field(default=False, description="whether to encrypt the connection")
    smtp_user: str = Field(default="", description="log-in at the mail server")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="its password")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Add ``anyu.toml`` of the working folder below the environment."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @cached_property
    def ledger(self) -> str:
        """The SQLAlchemy URL of the ledger."""
        return self.ledger_url or f"sqlite:///{self.ledger_file}"

    @property
    def ledger_file(self) -> Path:
        """The file of the embedded ledger."""
        return self.home / "ledger.db"

    @property
    def has_ledger(self) -> bool:
        """Whether there is a ledger to open: opening one that is not there makes it."""
        return self.ledger_url is not None or self.ledger_file.exists()

    @property
    def index(self) -> Path:
        """The file of the embedded index."""
        return self.home / "index.db"

    @property
    def models(self) -> Path:
        """The folder of the models that the home keeps."""
        return self.home / "models"

    @property
    def evidence(self) -> Path:
        """The folder of encrypted evidence."""
        return self.home / "evidence"

    @property
    def anchors(self) -> Path:
        """The folder of time stamps over the chain's heads."""
        return self.home / "anchors"

    @property
    def keys(self) -> Path:
        """The folder of the operator's keys; keep it apart from backups of the rest."""
        return self.home / "keys"
