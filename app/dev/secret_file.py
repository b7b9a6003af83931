"""The secrets of an installation that was never given any: made once, kept in the data folder."""

import base64
import os
import secrets
from pathlib import Path

from app.dev.processes import Refusal


def _new_secrets() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "SETUP_TOKEN": secrets.token_urlsafe(16),
        "DATABASE_OWNER_PASSWORD": secrets.token_urlsafe(24),
        "DATABASE_PASSWORD": secrets.token_urlsafe(24),
        "DATABASE_STAFF_PASSWORD": secrets.token_urlsafe(24),
    }


def path_in(data: Path) -> Path:
    return data / "secrets.env"


def keep(data: Path) -> dict[str, str]:
    """Read the secrets, making those that are missing."""
    path = path_in(data)
    if not path.exists() and (data / "postgres").exists():
        raise Refusal(
            f"{path} is missing, and without it the data in {data} cannot be read. "
            "Put it back from a backup, or move the folder away and run again to begin with an empty one."
        )
    known = read(data) if path.exists() else {}
    made = _new_secrets() | known
    if made != known:
        _write(path, made)
    return made


def read(data: Path) -> dict[str, str]:
    path = path_in(data)
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    if not all("=" in line for line in lines):
        raise Refusal(f"{path} has a line that is not NAME=VALUE. Put the file back from a backup.")
    return dict(line.split("=", 1) for line in lines)


def _write(path: Path, values: dict[str, str]) -> None:
    """Replace the file at once, readable by its owner alone."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("# Keep this file with your backups: without it, what is encrypted stays so.\n")
        file.writelines(f"{name}={value}\n" for name, value in values.items())
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
