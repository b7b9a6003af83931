"""What each role may do, and the document that says so."""

import os
from pathlib import Path

import pytest

from app.workspaces.models import ROLES
from app.workspaces.roles import PERMISSIONS, SUMMARY, allows, as_markdown, givable_by

DOCUMENT = Path(__file__).parents[2] / "docs" / "permissions.md"


def test_the_document_says_what_the_table_says() -> None:
    """Run with UPDATE_PERMISSIONS=1 after a change, and read the difference before committing it."""
    if os.environ.get("UPDATE_PERMISSIONS"):
        DOCUMENT.write_text(as_markdown())
    assert DOCUMENT.read_text() == as_markdown()


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_a_higher_role_may_all_that_a_lower_one_may(permission: str) -> None:
    answers = [allows(role, permission) for role in ROLES]
    assert answers == sorted(answers, reverse=True)
    assert allows("owner", permission)


def test_viewers_change_nothing() -> None:
    may = {name for name in PERMISSIONS if allows("viewer", name)}
    assert all(name.endswith(".read") for name in may)


def test_nobody_gives_more_than_they_have() -> None:
    assert [givable_by(role) for role in ROLES] == [
        ("owner", "admin", "member", "viewer"),
        ("admin", "member", "viewer"),
        ("member", "viewer"),
        ("viewer",),
    ]


def test_an_unknown_permission_is_an_error() -> None:
    with pytest.raises(KeyError):
        allows("owner", "moon.land")


def test_every_role_is_described() -> None:
    assert set(SUMMARY) == set(ROLES)
