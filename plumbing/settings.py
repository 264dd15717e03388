"""What a process is told by its environment, read once and checked before anything starts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from environs import Env, EnvError
from marshmallow.validate import OneOf, Range

from plumbing.bus.retries import DELAYS, RETRIES

SERVICES = ("registration", "submission", "review", "awards", "notify")
SECRETS = (
    "AMQP_URL",
    "PARTNERS_AMQP_URL",
    "BROKER_MANAGEMENT_PASSWORD",
    "MONGO_URL",
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "SMTP_URL",
    "SIGNING_KEY",
    "KEYRING",
    "BOOTSTRAP_SECRET",
)
NEEDED_BY_SERVICES = (
    "AMQP_URL",
    "MONGO_URL",
    "S3_URL",
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "SIGNING_KEY",
    "KEYRING",
)
RETENTION_DAYS = {"outbox": 550, "inbox": 730, "commands": 180, "audit": 1095, "contacts": 365}
"""For how long what is kept, unless XINLV_RETENTION_<NAME>_DAYS says otherwise."""
LEAST_AUDIT_DAYS = 183
"""The law wants logs for six months."""
WORDS_OF_EXAMPLES = {"guest", "minioadmin", "changeme", "password", "secret"}


class SettingsError(ValueError):
    """A setting is missing, unreadable or unsafe; the message is one line and names the variable."""


@dataclass(frozen=True)
class Settings:
    """Everything a service or a client of the platform may be told from outside; times are in seconds."""

    profile: str = "production"
    service: str | None = None
    amqp_url: str = field(default="", repr=False)
    partners_amqp_url: str = field(default="", repr=False)
    broker_management_url: str = ""
    broker_management_user: str = ""
    broker_management_password: str = field(default="", repr=False)
    mongo_url: str = field(default="", repr=False)
    mongo_database: str = ""
    s3_url: str = ""
    s3_public_url: str = ""
    s3_region: str = "us-east-1"
    s3_access_key: str = field(default="", repr=False)
    s3_secret_key: str = field(default="", repr=False)
    smtp_url: str = field(default="", repr=False)
    mail_from: str = "xinlv@localhost"
    signing_key: str = field(default="", repr=False)
    keyring: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    bootstrap_secret: str = field(default="", repr=False)
    http_host: str = "127.0.0.1"
    http_port: int = 0
    workers: int = 10
    rpc_timeout: float = 15.0
    site_url: str = "http://localhost:8000"
    log_level: str = "INFO"
    retry_delays: tuple[float, ...] = DELAYS
    retries: int = RETRIES
    restored_at: datetime | None = None
    """When a backup was put back; what may have left before is shown, not sent again."""
    clamd_url: str = ""
    font_dir: str = "/usr/share/fonts/opentype/noto"
    retention_days: Mapping[str, int] = field(default_factory=lambda: dict(RETENTION_DAYS))

    @property
    def clock_offset_allowed(self) -> bool:
        """Whether the business clock may be moved; only the local profile may."""
        return self.profile == "local"

    @classmethod
    def from_environment(
        cls, service: str | None = None, environment: Mapping[str, str] | None = None
    ) -> Settings:
        """Read XINLV_*; a secret may also stand in the file XINLV_*_FILE, or in a file of its name
        (AMQP_URL, ...) in the folder XINLV_SECRETS_FOLDER, as a mounted Kubernetes secret has it.

        With a service (or XINLV_SERVICE) all that a service needs must be there; a client needs nothing.
        Raises SettingsError with one line that names the variable.
        """
        env = _reader(os.environ if environment is None else environment)
        try:
            settings = _read(env, service or env.str("XINLV_SERVICE", "") or None)
        except EnvError as error:
            raise SettingsError(_one_line(error)) from None
        _check(settings)
        return settings


def _reader(given: Mapping[str, str]) -> Env:
    """A reader over exactly these variables, with each XINLV_X_FILE already replaced by its content."""
    values = dict(given)
    folder = values.get("XINLV_SECRETS_FOLDER")
    for name in SECRETS:
        variable = f"XINLV_{name}"
        path = values.pop(f"{variable}_FILE", "")
        if not path and folder and (Path(folder) / name).is_file():
            path = str(Path(folder) / name)
        if path and not values.get(variable):
            try:
                values[variable] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"{variable}_FILE: cannot read {path}: {error}") from None
    return _Given(values)


class _Given(Env):
    """environs reads os.environ only; here several settings can stand in one process."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__()
        self._given = values

    def _get_value(self, env_key: str, default: Any) -> Any:
        return self._given.get(env_key) or default


def _read(env: Env, service: str | None) -> Settings:
    with env.prefixed("XINLV_"):
        return Settings(
            profile=env.str("PROFILE", "production", validate=OneOf(["local", "production"])),
            service=service,
            amqp_url=env.str("AMQP_URL", ""),
            partners_amqp_url=env.str("PARTNERS_AMQP_URL", ""),
            broker_management_url=env.str("BROKER_MANAGEMENT_URL", ""),
            broker_management_user=env.str("BROKER_MANAGEMENT_USER", ""),
            broker_management_password=env.str("BROKER_MANAGEMENT_PASSWORD", ""),
            mongo_url=env.str("MONGO_URL", ""),
            mongo_database=env.str("MONGO_DATABASE", f"xinlv_{service}" if service else ""),
            s3_url=env.str("S3_URL", ""),
            s3_public_url=env.str("S3_PUBLIC_URL", env.str("S3_URL", "")),
            s3_region=env.str("S3_REGION", "us-east-1"),
            s3_access_key=env.str("S3_ACCESS_KEY", ""),
            s3_secret_key=env.str("S3_SECRET_KEY", ""),
            smtp_url=env.str("SMTP_URL", ""),
            mail_from=env.str("MAIL_FROM", "xinlv@localhost"),
            signing_key=env.str("SIGNING_KEY", ""),
            keyring=_read_keyring(env.str("KEYRING", "")),
            bootstrap_secret=env.str("BOOTSTRAP_SECRET", ""),
            http_host=env.str("HTTP_HOST", "127.0.0.1"),
            http_port=env.int("HTTP_PORT", 0, validate=Range(0, 65535)),
            workers=env.int("WORKERS", 10, validate=Range(1, 1000)),
            rpc_timeout=env.float("RPC_TIMEOUT", 15.0, validate=Range(0, 3600, min_inclusive=False)),
            site_url=env.str("SITE_URL", "http://localhost:8000").rstrip("/"),
            log_level=env.str("LOG_LEVEL", "INFO", validate=OneOf(["DEBUG", "INFO", "WARNING", "ERROR"])),
            retry_delays=tuple(env.list("RETRY_DELAYS", list(DELAYS), subcast=float)),
            restored_at=_read_moment("RESTORED_AT", env.str("RESTORED_AT", "")),
            retries=env.int("RETRIES", RETRIES, validate=Range(0, 1000)),
            clamd_url=env.str("CLAMD_URL", ""),
            font_dir=env.str("FONT_DIR", "/usr/share/fonts/opentype/noto"),
            retention_days={
                name: env.int(f"RETENTION_{name.upper()}_DAYS", days, validate=Range(1, 36_500))
                for name, days in RETENTION_DAYS.items()
            },
        )


def _read_moment(name: str, text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        moment = None
    if text and (moment is None or moment.tzinfo is None):
        raise SettingsError(f"XINLV_{name}: must be a moment with its zone, as 2026-05-09T14:30:00+08:00")
    return moment


def _read_keyring(text: str) -> Mapping[str, Mapping[str, str]]:
    if not text:
        return {}
    try:
        keyring = json.loads(text)
        return {str(kid): {"issuer": key["issuer"], "public": key["public"]} for kid, key in keyring.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SettingsError('XINLV_KEYRING: must be JSON of the form {kid: {"issuer", "public"}}') from None


def _check(settings: Settings) -> None:
    """Refuse what cannot work or must not run; one line that names the variable."""
    for name in ("amqp_url", "partners_amqp_url"):
        _check_broker(f"XINLV_{name.upper()}", getattr(settings, name))
    if settings.service is not None:
        if settings.service not in SERVICES:
            raise SettingsError(f"XINLV_SERVICE: {settings.service!r} is not one of {', '.join(SERVICES)}")
        for name in NEEDED_BY_SERVICES:
            if not getattr(settings, name.lower()):
                raise SettingsError(f"XINLV_{name}: the {settings.service} service cannot start without it")
        if settings.service == "notify" and not settings.smtp_url:
            raise SettingsError("XINLV_SMTP_URL: the notify service cannot start without it")
    if not settings.retry_delays or min(settings.retry_delays) <= 0:
        raise SettingsError("XINLV_RETRY_DELAYS: must be seconds above zero, separated by commas")
    _check_retention(settings.retention_days)
    if settings.profile == "production":
        _check_production(settings)


def _check_broker(variable: str, address: str) -> None:
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("amqp", "amqps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if address and not usable:
        raise SettingsError(f"{variable}: must be of the form amqp://USER:PASSWORD@HOST:PORT/VHOST")


def _check_retention(days: Mapping[str, int]) -> None:
    if days["inbox"] <= days["outbox"]:
        raise SettingsError(
            "XINLV_RETENTION_INBOX_DAYS: must outlast XINLV_RETENTION_OUTBOX_DAYS, "
            "or a replay would do again what was done"
        )
    if days["outbox"] < days["commands"]:
        raise SettingsError(
            "XINLV_RETENTION_OUTBOX_DAYS: must be no less than XINLV_RETENTION_COMMANDS_DAYS, "
            "or a command's events would seem lost"
        )
    if days["audit"] < max(LEAST_AUDIT_DAYS, days["commands"]):
        raise SettingsError(
            f"XINLV_RETENTION_AUDIT_DAYS: must be at least {LEAST_AUDIT_DAYS}, and no less than commands"
        )


def _check_production(settings: Settings) -> None:
    for name in ("AMQP_URL", "PARTNERS_AMQP_URL", "MONGO_URL"):
        parts = urlsplit(getattr(settings, name.lower()))
        if parts.username in WORDS_OF_EXAMPLES or parts.password in WORDS_OF_EXAMPLES:
            raise SettingsError(f"XINLV_{name}: carries a well-known name or password; production refuses it")
    for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY", "BROKER_MANAGEMENT_PASSWORD", "BOOTSTRAP_SECRET"):
        if getattr(settings, name.lower()) in WORDS_OF_EXAMPLES:
            raise SettingsError(f"XINLV_{name}: is a well-known word; production refuses it")
    if settings.service and "replicaSet=" not in settings.mongo_url and "+srv" not in settings.mongo_url:
        raise SettingsError("XINLV_MONGO_URL: must name a replica set (replicaSet=...), for transactions")
    if settings.service and not settings.site_url.startswith("https://"):
        raise SettingsError("XINLV_SITE_URL: must be https in production: letters carry links to it")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).replace("Environment variable", "").replace('"', "").split())
