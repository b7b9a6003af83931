"""What `make run` was asked for, and the environment of everything it starts."""

import ipaddress
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from app.config import SettingsError, load
from app.dev.embedded import Servers, servers_of
from app.dev.processes import Refusal

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
LOOPBACK = "127.0.0.0/8,::1/128"
ROLES = {
    "DATABASE_OWNER_URL": ("guerdon_owner", "DATABASE_OWNER_PASSWORD"),
    "DATABASE_URL": ("guerdon_app", "DATABASE_PASSWORD"),
    "DATABASE_STAFF_URL": ("guerdon_staff", "DATABASE_STAFF_PASSWORD"),
}


@dataclass(frozen=True)
class Installation:
    host: str
    port: int
    data: Path
    asked: Mapping[str, str]

    @property
    def servers(self) -> Servers:
        return servers_of(self.data)

    @property
    def runs_database(self) -> bool:
        return not self.asked.get("DATABASE_URL")

    @property
    def runs_redis(self) -> bool:
        return not self.asked.get("REDIS_URL")

    @property
    def admin_url(self) -> str | None:
        """An administrator of the database, who makes the roles; None when they are given."""
        if self.runs_database:
            return self.servers.admin_url
        return None if self.asked.get("DATABASE_OWNER_URL") else self.asked["DATABASE_URL"]

    @property
    def is_public(self) -> bool:
        """Whether others than this machine can reach it."""
        if self.host == "localhost":
            return False
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return True

    def environment(self, secrets: Mapping[str, str]) -> dict[str, str]:
        """What every program of this installation is started with; refused when a setting is wrong."""
        environment = {
            "LOG_FORMAT": "console",
            "BASE_URL": f"http://localhost:{self.port}",
            "SECRET_KEY": secrets["SECRET_KEY"],
            "ENCRYPTION_KEYS": secrets["ENCRYPTION_KEYS"],
            "PYTHONUNBUFFERED": "1",
            # A developer who tries webhooks has the server that takes them on the same machine.
            **({"SETUP_TOKEN": secrets["SETUP_TOKEN"]} if self.is_public else {"OUTGOING_NETWORKS": LOOPBACK}),
            **{name: value for name, value in self.asked.items() if value},
            **self._database_urls(secrets),
            **({"REDIS_URL": self.servers.redis_url} if self.runs_redis else {}),
            "GUERDON_EMBEDDED": "1",
            "DATA_DIR": str(self.data),
        }
        try:
            load(environment)
        except SettingsError as error:
            raise Refusal(str(error)) from None
        return environment

    def _database_urls(self, secrets: Mapping[str, str]) -> dict[str, str]:
        if self.runs_database:
            return {name: self.servers.url(role) for name, (role, _) in ROLES.items()}
        if self.admin_url is None:
            return {}
        return {name: _as_role(self.admin_url, role, secrets[password]) for name, (role, password) in ROLES.items()}


def read(environ: Mapping[str, str]) -> Installation:
    port = environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise Refusal(f"PORT must be a number from 1 to 65535; it is {port!r}.")
    given = [name for name in ("DATABASE_OWNER_URL", "DATABASE_STAFF_URL") if environ.get(name)]
    if given and (len(given) == 1 or not environ.get("DATABASE_URL")):
        raise Refusal(
            f"{given[0]} is set, but not all three of {', '.join(ROLES)}. Set all of them, or DATABASE_URL alone, "
            "to an administrator's URL from which the three are made."
        )
    data = Path(environ.get("DATA_DIR") or ".data").expanduser()
    return Installation(environ.get("HOST") or "127.0.0.1", int(port), (ROOT / data).resolve(), environ)


def _as_role(admin_url: str, role: str, password: str) -> str:
    parts = urlsplit(admin_url)
    place = parts.netloc.rpartition("@")[2]
    database = parts.path.strip("/")
    if database in ("", "postgres"):
        database = "guerdon"
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password)}@{place}", path=f"/{database}"))
