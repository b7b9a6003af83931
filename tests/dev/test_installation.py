"""What `make run` makes of its settings, and where it keeps its secrets."""

import stat
from pathlib import Path

import pytest

from app.dev import installation, secret_file
from app.dev.processes import Refusal


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def environment(data: Path, **settings: str) -> dict[str, str]:
    wanted = installation.read({"DATA_DIR": str(data), **settings})
    return wanted.environment(secret_file.keep(data))


@pytest.mark.parametrize("port", ["0", "65536", "eight", "-1", "80.5"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(Refusal, match="PORT must be a number from 1 to 65535"):
        installation.read({"PORT": port})


@pytest.mark.parametrize(
    "settings",
    [
        {"DATABASE_OWNER_URL": "postgresql://guerdon_owner@host/guerdon"},
        {"DATABASE_URL": "postgresql://host/guerdon", "DATABASE_STAFF_URL": "postgresql://guerdon_staff@host/guerdon"},
    ],
)
def test_some_of_the_database_urls_are_too_few(settings: dict[str, str]) -> None:
    with pytest.raises(Refusal, match=r"is set, but not all three"):
        installation.read(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://host/guerdon"),
        ("REDIS_URL", "localhost"),
        ("SECRET_KEY", "short"),
        ("ENCRYPTION_KEYS", "1:nonsense"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_setting_is_named(data: Path, name: str, value: str) -> None:
    with pytest.raises(Refusal, match=name):
        environment(data, **{name: value})


def test_without_servers_given_everything_is_in_the_data_folder(data: Path) -> None:
    made = environment(data, PORT="8123")
    assert made["BASE_URL"] == "http://localhost:8123"
    assert made["DATA_DIR"] == str(data)
    assert made["GUERDON_EMBEDDED"] == "1"
    assert made["DATABASE_URL"].startswith("postgresql+psycopg://guerdon_app@/guerdon?host=/tmp/guerdon-")
    assert made["REDIS_URL"].startswith("unix:///tmp/guerdon-")


def test_an_administrators_url_becomes_three_with_passwords_of_their_own(data: Path) -> None:
    made = environment(data, DATABASE_URL="postgresql://admin:pw@db.example:5433/growth?sslmode=require")
    secrets = secret_file.read(data)
    for name, role in (("DATABASE_URL", "app"), ("DATABASE_OWNER_URL", "owner"), ("DATABASE_STAFF_URL", "staff")):
        password = secrets[name.replace("URL", "PASSWORD")]
        assert made[name] == f"postgresql://guerdon_{role}:{password}@db.example:5433/growth?sslmode=require"
    again = environment(data, DATABASE_URL="postgresql://admin:pw@db.example/postgres")
    assert again["DATABASE_URL"].endswith("@db.example/guerdon")


def test_three_given_urls_are_kept_as_they_are(data: Path) -> None:
    given = {
        "DATABASE_URL": "postgresql://guerdon_app:a@db/guerdon",
        "DATABASE_OWNER_URL": "postgresql://guerdon_owner:b@db/guerdon",
        "DATABASE_STAFF_URL": "postgresql://guerdon_staff:c@db/guerdon",
    }
    made = environment(data, **given)
    assert {name: made[name] for name in given} == given
    assert installation.read(given).admin_url is None


@pytest.mark.parametrize(
    ("host", "is_public"),
    [("127.0.0.1", False), ("::1", False), ("localhost", False), ("0.0.0.0", True), ("::", True), ("10.1.2.3", True)],
)
def test_the_set_up_token_is_asked_for_where_others_can_come(data: Path, host: str, is_public: bool) -> None:
    assert ("SETUP_TOKEN" in environment(data, HOST=host)) is is_public


def test_secrets_are_made_once_for_their_owner_alone(data: Path) -> None:
    first = secret_file.keep(data)
    assert secret_file.keep(data) == first
    assert stat.S_IMODE((data / "secrets.env").stat().st_mode) == 0o600


def test_a_secret_that_is_missing_is_added_and_the_others_stay(data: Path) -> None:
    (data / "secrets.env").write_text("# ours\nSECRET_KEY=the-one-we-had\n")
    made = secret_file.keep(data)
    assert made["SECRET_KEY"] == "the-one-we-had"
    assert made["ENCRYPTION_KEYS"].startswith("1:")


def test_data_without_its_secrets_is_not_given_new_ones(data: Path) -> None:
    (data / "postgres").mkdir()
    with pytest.raises(Refusal, match=r"secrets\.env is missing"):
        secret_file.keep(data)


def test_a_garbled_secrets_file_is_named(data: Path) -> None:
    (data / "secrets.env").write_text("SECRET_KEY\n")
    with pytest.raises(Refusal, match=r"secrets\.env has a line that is not NAME=VALUE"):
        secret_file.keep(data)
