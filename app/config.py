"""Typed settings, read from the environment once."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

KEY_BYTES = 32


class SettingsError(Exception):
    """A sentence that names the setting and says what to do."""


@dataclass(frozen=True)
class Settings:
    database_url: str
    database_owner_url: str
    database_staff_url: str
    redis_url: str
    secret_key: str = field(repr=False)
    encryption_keys: dict[int, bytes] = field(repr=False)
    base_url: str = "http://localhost:8000"
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = "Guerdon <guerdon@localhost>"
    trusted_proxies: int = 0
    log_format: str = "json"
    log_level: str = "info"
    embedded: bool = False
    setup_token: str | None = field(default=None, repr=False)
    metrics_token: str | None = field(default=None, repr=False)
    data_dir: Path | None = None
    database_pool: int = 20
    api_rate_per_minute: int = 6000
    event_rate_per_minute: int = 3_000_000
    outgoing_networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings, or raise a SettingsError for the first that is missing or wrong."""
    return Settings(
        database_url=_database(environ, "DATABASE_URL", "guerdon_app"),
        database_owner_url=_database(environ, "DATABASE_OWNER_URL", "guerdon_owner"),
        database_staff_url=_database(environ, "DATABASE_STAFF_URL", "guerdon_staff"),
        redis_url=_redis(environ),
        secret_key=_secret_key(environ),
        encryption_keys=_encryption_keys(environ),
        base_url=_base_url(environ),
        smtp_url=_smtp(environ),
        mail_from=environ.get("MAIL_FROM") or Settings.mail_from,
        trusted_proxies=_number(environ, "TRUSTED_PROXIES", Settings.trusted_proxies, most=10),
        log_format=_one_of(environ, "LOG_FORMAT", ("json", "console")),
        log_level=_one_of(environ, "LOG_LEVEL", ("info", "debug", "warning", "error")),
        embedded=environ.get("GUERDON_EMBEDDED") == "1",
        setup_token=environ.get("SETUP_TOKEN") or None,
        metrics_token=environ.get("METRICS_TOKEN") or None,
        data_dir=Path(environ["DATA_DIR"]) if environ.get("DATA_DIR") else None,
        api_rate_per_minute=_number(
            environ, "API_RATE_PER_MINUTE", Settings.api_rate_per_minute, least=1, most=10_000_000
        ),
        outgoing_networks=_networks(environ, "OUTGOING_NETWORKS"),
        event_rate_per_minute=_number(
            environ, "EVENT_RATE_PER_MINUTE", Settings.event_rate_per_minute, least=1, most=1_000_000_000
        ),
        database_pool=_number(environ, "DATABASE_POOL", Settings.database_pool, least=1, most=500),
    )


def _required(environ: Mapping[str, str], name: str, how: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise SettingsError(f"{name} is not set. {how}")
    return value


def _database(environ: Mapping[str, str], name: str, role: str) -> str:
    value = _required(
        environ, name, f"Set it to postgresql://{role}:PASSWORD@HOST/DATABASE, or use `make run`, which sets it."
    )
    scheme, separator, rest = value.partition("://")
    if not separator or scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise SettingsError(f"{name} must begin with postgresql:// and name a PostgreSQL database.")
    return f"postgresql+psycopg://{rest}"


def _redis(environ: Mapping[str, str]) -> str:
    value = _required(environ, "REDIS_URL", "Set it to redis://HOST:6379/0, or use `make run`, which sets it.")
    if not value.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError("REDIS_URL must begin with redis://, rediss:// or unix://.")
    return value


def _secret_key(environ: Mapping[str, str]) -> str:
    how = 'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))" and keep it.'
    value = _required(environ, "SECRET_KEY", how)
    if len(value) < KEY_BYTES:
        raise SettingsError(f"SECRET_KEY is shorter than {KEY_BYTES} characters. {how}")
    return value


def _encryption_keys(environ: Mapping[str, str]) -> dict[int, bytes]:
    how = (
        "It is a list such as 1:KEY,2:KEY of 32-byte keys in base64, the highest number in use. Make a key with: "
        'python3 -c "import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())"'
    )
    keys: dict[int, bytes] = {}
    for entry in _required(environ, "ENCRYPTION_KEYS", how).split(","):
        version, _, encoded = entry.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not version.isdecimal() or not 0 < int(version) < 256 or len(key) != KEY_BYTES or int(version) in keys:
            raise SettingsError(f"ENCRYPTION_KEYS has an entry that cannot be read. {how}")
        keys[int(version)] = key
    return keys


def _base_url(environ: Mapping[str, str]) -> str:
    value = (environ.get("BASE_URL") or Settings.base_url).rstrip("/")
    if not value.startswith(("http://", "https://")):
        raise SettingsError("BASE_URL must be the public address, beginning with https:// (or http:// for a trial).")
    return value


def _smtp(environ: Mapping[str, str]) -> str | None:
    value = environ.get("SMTP_URL") or None
    if value and not value.startswith(("smtp://", "smtps://")):
        raise SettingsError("SMTP_URL must look like smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465.")
    if value is None and environ.get("GUERDON_EMBEDDED") != "1":
        raise SettingsError("SMTP_URL is not set. Set it to smtp://USER:PASSWORD@HOST:587, so that mail can be sent.")
    return value


def _networks(environ: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(entry.strip()) for entry in environ.get(name, "").split(",") if entry.strip())
    except ValueError:
        raise SettingsError(f"{name} must list networks, such as 10.1.0.0/16,fd12::/32.") from None


def _one_of(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = (environ.get(name) or choices[0]).lower()
    if value not in choices:
        raise SettingsError(f"{name} must be one of {', '.join(choices)}; it is {value!r}.")
    return value


def _number(environ: Mapping[str, str], name: str, default: int, *, least: int = 0, most: int) -> int:
    value = environ.get(name) or str(default)
    if not value.isdecimal() or not least <= int(value) <= most:
        raise SettingsError(f"{name} must be a whole number from {least} to {most}; it is {value!r}.")
    return int(value)
