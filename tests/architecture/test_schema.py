"""The database keeps tenants apart by itself; its catalogue is asked, not our models."""

from collections.abc import Iterator

import pytest

from tests.support.catalogue import (
    GLOBAL_WITH_WORKSPACE,
    GRANTS,
    INDEXED_OPERATORS,
    KEYS,
    POLICIES,
    Catalogue,
    catalogue,
)
from tests.support.servers import TestServers

TENANT_RULE = "(workspace_id = tenant_id())"


@pytest.fixture(scope="module")
def database(servers: TestServers) -> Iterator[Catalogue]:
    with catalogue(servers) as opened:
        yield opened


def test_row_level_security_is_forced_on_every_tenant_table(database: Catalogue) -> None:
    tenants = database.tenant_tables()
    assert {"app", "api_key", "audit_entry"} <= tenants
    secured = {row["name"] for row in database.relations() if row["secured"] and row["forced"]}
    assert tenants - secured == set()


def test_the_exceptions_are_real_tables_and_not_secured(database: Catalogue) -> None:
    named = {row["name"] for row in database.relations() if row["has_workspace"] and not row["secured"]}
    assert named == set(GLOBAL_WITH_WORKSPACE)


def test_every_tenant_table_has_the_two_policies_and_no_other(database: Catalogue) -> None:
    found: dict[str, list[tuple[object, ...]]] = {}
    for row in database.ask(POLICIES):
        rule = (row["name"], row["command"], tuple(row["roles"]), row["visible"], row["writable"])
        found.setdefault(row["table_name"], []).append(rule)
    expected = [
        ("tenant", "*", ("guerdon_app",), TENANT_RULE, TENANT_RULE),
        ("whole", "*", ("guerdon_owner", "guerdon_staff"), "true", "true"),
    ]
    assert found == dict.fromkeys(sorted(database.tenant_tables()), expected)


def test_every_key_of_a_tenant_table_begins_with_the_workspace(database: Catalogue) -> None:
    tenants = database.tenant_tables()
    checked = [
        row
        for row in database.ask(KEYS)
        if row["table_name"] in tenants and (row["kind"] != "f" or row["target"] in tenants)
    ]
    assert len(checked) > 10
    assert [row["name"] for row in checked if row["columns"][0] != "workspace_id"] == []


def test_no_global_table_refers_to_a_tenant_table(database: Catalogue) -> None:
    tenants = database.tenant_tables()
    wrong = [
        row["name"]
        for row in database.ask(KEYS)
        if row["kind"] == "f" and row["target"] in tenants and row["table_name"] not in tenants
    ]
    assert wrong == []


def test_the_app_owns_nothing_and_passes_no_rule(database: Catalogue) -> None:
    roles = database.ask(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, "
        "EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid) AS is_member "
        "FROM pg_roles r WHERE rolname IN ('guerdon_app', 'guerdon_staff')"
    )
    assert len(roles) == 2
    assert all(not value for row in roles for name, value in row.items() if name != "rolname")
    owned = database.ask("SELECT objid FROM pg_shdepend WHERE deptype = 'o' AND refobjid = 'guerdon_app'::regrole")
    assert owned == []
    assert {row["owner"] for row in database.relations()} == {"guerdon_owner"}


def test_nobody_reaches_a_partition_past_its_table(database: Catalogue) -> None:
    partitions = {row["name"] for row in database.relations() if row["is_partition"]}
    assert any(name.endswith("_default") for name in partitions)
    assert [row for row in database.ask(GRANTS) if row["table_name"] in partitions] == []


def test_every_indexed_operator_of_a_tenant_table_is_leakproof(database: Catalogue) -> None:
    """Under row level security the planner may use an index only with operators that leak nothing."""
    operators = database.ask(INDEXED_OPERATORS)
    assert len(operators) > 20
    assert sorted({row["index_name"] for row in operators if not row["leakproof"]}) == []


def test_there_are_no_enums_and_nothing_is_set_null_on_delete(database: Catalogue) -> None:
    assert database.ask("SELECT typname FROM pg_type WHERE typtype = 'e'") == []
    assert database.ask("SELECT conname FROM pg_constraint WHERE confdeltype = 'n'") == []


def test_erasing_a_workspace_leaves_no_table_out(database: Catalogue) -> None:
    body = database.ask("SELECT prosrc FROM pg_proc WHERE proname = 'erase_workspace'")[0]["prosrc"]
    tables = {row["name"] for row in database.relations() if row["has_workspace"] and not row["is_partition"]}
    assert {name for name in tables if f"DELETE FROM {name} WHERE workspace_id = doomed" not in body} == set()


def test_each_changing_table_keeps_its_time(database: Catalogue) -> None:
    changing = database.ask("SELECT attrelid::regclass::text AS name FROM pg_attribute WHERE attname = 'updated_at'")
    touched = database.ask("SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'touch_updated_at'")
    assert {row["name"] for row in changing} == {row["name"] for row in touched}
