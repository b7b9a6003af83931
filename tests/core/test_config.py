"""A missing or wrong setting is named in a sentence."""

import base64
import os
import subprocess
import sys

import pytest

from app.config import SettingsError, load

GOOD = {
    "DATABASE_URL": "postgresql://guerdon_app@localhost/guerdon",
    "DATABASE_OWNER_URL": "postgresql://guerdon_owner@localhost/guerdon",
    "DATABASE_STAFF_URL": "postgresql://guerdon_staff@localhost/guerdon",
    "REDIS_URL": "redis://localhost:6379/0",
    "SECRET_KEY": "x" * 40,
    "ENCRYPTION_KEYS": "1:" + base64.b64encode(bytes(32)).decode(),
    "SMTP_URL": "smtp://localhost:25",
}


def test_good_settings_are_read() -> None:
    settings = load(GOOD | {"BASE_URL": "https://rewards.example/", "TRUSTED_PROXIES": "2"})
    assert settings.database_url.startswith("postgresql+psycopg://guerdon_app@")
    assert (settings.base_url, settings.secure, settings.trusted_proxies) == ("https://rewards.example", True, 2)


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    assert "x" * 40 not in repr(load(GOOD))


@pytest.mark.parametrize("name", sorted(GOOD))
def test_each_missing_setting_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://localhost/guerdon"),
        ("REDIS_URL", "localhost:6379"),
        ("SECRET_KEY", "short"),
        ("ENCRYPTION_KEYS", "1:short"),
        ("ENCRYPTION_KEYS", "one:" + "A" * 44),
        ("ENCRYPTION_KEYS", GOOD["ENCRYPTION_KEYS"] + "," + GOOD["ENCRYPTION_KEYS"]),
        ("BASE_URL", "rewards.example"),
        ("SMTP_URL", "mail.example:25"),
        ("TRUSTED_PROXIES", "many"),
        ("TRUSTED_PROXIES", "-1"),
        ("LOG_FORMAT", "xml"),
        ("DATABASE_POOL", "0"),
    ],
)
def test_each_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load(GOOD | {name: value})


def test_a_command_without_settings_ends_with_the_sentence() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in GOOD}
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "DATABASE_URL is not set." in done.stderr
    assert "Traceback" not in done.stderr
