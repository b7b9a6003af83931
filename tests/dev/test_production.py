"""The compose file and the image know of everything that an installation consists of."""

import re

import pytest

from app.config import load
from app.core.jobs import QUEUES
from tests.dev.running import ROOT


@pytest.fixture(scope="module")
def compose() -> str:
    return (ROOT / "compose.yaml").read_text()


def test_every_queue_has_a_service(compose: str) -> None:
    assert set(re.findall(r'\["flask", "work", "(\S+)"\]', compose)) == set(QUEUES)


def test_the_settings_of_the_compose_file_are_complete(compose: str) -> None:
    block = compose.partition("environment: &settings\n")[2].partition("  depends_on:")[0]
    given = dict(re.findall(r"^    ([A-Z_]+): (\S+)", block, re.MULTILINE))
    made = {
        "SECRET_KEY": "s" * 32,
        "ENCRYPTION_KEYS": "1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "SMTP_URL": "smtp://mail",
        "BASE_URL": "https://guerdon.example",
        "TRUSTED_PROXIES": "1",
    }
    settings = load(given | {name: value for name, value in made.items() if name in given})
    assert settings.secure
    assert not settings.embedded


def test_the_env_file_of_the_docs_has_what_the_compose_file_wants(compose: str) -> None:
    wanted = set(re.findall(r"\$\{([A-Z_]+):\?", compose))
    documented = (ROOT / "docs" / "operations.md").read_text().partition("cat > .env")[2].partition("\nEND")[0]
    assert wanted == set(re.findall(r"^([A-Z_]+)=", documented, re.MULTILINE))


def test_the_image_gets_the_files_that_it_copies() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert copied
    for name in " ".join(copied).split():
        assert (ROOT / name).exists()
        assert f"!{name}" in ignored
