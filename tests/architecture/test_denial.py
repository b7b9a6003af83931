"""Every address, by everybody: the sign-in page, 404, 403 or an answer, as the declarations say.

The cases are made from the URL map, so an endpoint that is added tomorrow is tried tomorrow.
"""

import re
from typing import Any

import pytest
from werkzeug.routing import Rule

from app.accounts.access import SignedIn, StaffOnly
from app.core.access import Loopback, access_of
from app.core.openapi import document
from app.factory import Guerdon, create_app
from app.workspaces.access import Member
from app.workspaces.key_access import Key
from app.workspaces.models import ROLES
from app.workspaces.roles import PERMISSIONS, allows
from tests.factories.workspaces import an_account
from tests.support.pages import PageClient
from tests.support.servers import offline_settings
from tests.support.world import World, a_world, someone_of_staff

pytestmark = pytest.mark.thorough

# What is not a thing of a workspace but of the person who looks, for whom another's does not exist at all.
PERSONAL = {"notification_id"}
# A visit can be ended by who is on one, and members never are.
VISITORS_ONLY = {"workspaces.end_this_visit"}
# A user id is the app's own word: points may be given to somebody of this workspace's app who was never seen.
NEW_HERE = {"points_api.grant"}
REFUSED = {401, 403, 404, 405, 419}


def the_map() -> list[tuple[object, Rule, str]]:
    app = create_app(offline_settings())
    cases: list[tuple[object, Rule, str]] = []
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        cases += [
            (access, rule, method)
            for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})
        ]
    return cases


MAP = the_map()


def named(case: tuple[object, Rule, str]) -> str:
    return f"{case[2]} {case[1].rule}"


def of_kind(kind: type) -> list[tuple[object, Rule, str]]:
    return [case for case in MAP if isinstance(case[0], kind)]


def cases(kind: type) -> pytest.MarkDecorator:
    found = of_kind(kind)
    assert found, f"Nothing in the URL map is for {kind.__name__}."
    return pytest.mark.parametrize("case", found, ids=[named(case) for case in found])


def example_body(app: Guerdon, rule: Rule, method: str) -> Any:
    """What the document shows as a body, so that nothing but the address is wrong."""
    with app.app_context():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        told = document()["paths"][path][method.lower()].get("requestBody")
        return told and told["content"]["application/json"]["example"]


def ask(client: PageClient, rule: Rule, method: str, values: dict[str, object]) -> int:
    path = build(rule, values)
    if method == "GET":
        return client.get(path).status_code
    return client.open(path, method=method, data={"csrf_token": client.csrf_token()}).status_code


def build(rule: Rule, values: dict[str, object]) -> str:
    missing = rule.arguments - set(values)
    assert not missing, f"tests/support/world.py makes no example of {missing} for {rule.rule}."
    path = rule.rule
    for name in rule.arguments:
        for pattern in (f"<{name}>", f"<uuid:{name}>", f"<user:{name}>"):
            path = path.replace(pattern, str(values[name]))
    return path


@pytest.fixture
def world(app: Guerdon) -> World:
    return a_world()


@pytest.fixture
def visitor(app: Guerdon) -> PageClient:
    return app.test_client()


@cases(Member)
def test_a_stranger_is_asked_to_sign_in(case: tuple[Member, Rule, str], world: World, visitor: PageClient) -> None:
    _, rule, method = case
    response = visitor.open(build(rule, world.values), method=method, data={"csrf_token": visitor.csrf_token()})
    assert response.status_code == 303
    assert response.location.startswith("/sign-in")


@cases(Member)
def test_a_workspace_of_others_does_not_exist(
    case: tuple[Member, Rule, str], world: World, visitor: PageClient
) -> None:
    _, rule, method = case
    visitor.sign_in(an_account("Nosy"))
    assert ask(visitor, rule, method, world.values) == 404


@cases(Member)
def test_staff_do_not_come_in_without_a_visit(
    case: tuple[Member, Rule, str], world: World, visitor: PageClient
) -> None:
    _, rule, method = case
    visitor.sign_in(someone_of_staff())
    assert ask(visitor, rule, method, world.values) == 404


@pytest.mark.parametrize("role", ROLES)
@cases(Member)
def test_a_role_may_do_what_the_table_says(
    case: tuple[Member, Rule, str], role: str, world: World, visitor: PageClient
) -> None:
    access, rule, method = case
    visitor.sign_in(world.team.members[role])
    status = ask(visitor, rule, method, world.values)
    if rule.endpoint in VISITORS_ONLY or not allows(role, access.permission.name):
        assert status == 403
    elif rule.arguments & PERSONAL and role != "owner":
        assert status == 404
    else:
        assert status not in REFUSED
        assert status < 500


@pytest.mark.parametrize(
    "case",
    [case for case in of_kind(Member) if case[1].arguments - {"workspace"}],
    ids=[named(case) for case in of_kind(Member) if case[1].arguments - {"workspace"}],
)
def test_a_thing_of_another_workspace_does_not_exist_here(
    case: tuple[Member, Rule, str], world: World, visitor: PageClient
) -> None:
    _, rule, method = case
    foreign = a_world()
    visitor.sign_in(world.team.owner)
    assert ask(visitor, rule, method, {**foreign.values, "workspace": world.team.slug}) == 404


@cases(StaffOnly)
def test_the_back_office_asks_strangers_to_sign_in(
    case: tuple[StaffOnly, Rule, str], world: World, visitor: PageClient
) -> None:
    _, rule, method = case
    values = dict.fromkeys(rule.arguments, world.team.workspace_id)
    response = visitor.open(build(rule, values), method=method, data={"csrf_token": visitor.csrf_token()})
    assert response.status_code == 303
    assert response.location.startswith("/sign-in")


@cases(StaffOnly)
def test_the_back_office_does_not_exist_for_others(
    case: tuple[StaffOnly, Rule, str], world: World, visitor: PageClient
) -> None:
    _, rule, method = case
    visitor.sign_in(world.team.owner)
    assert ask(visitor, rule, method, dict.fromkeys(rule.arguments, world.team.workspace_id)) == 404


@cases(SignedIn)
def test_an_account_page_asks_strangers_to_sign_in(case: tuple[SignedIn, Rule, str], visitor: PageClient) -> None:
    _, rule, method = case
    values = dict.fromkeys(rule.arguments, "01900000-0000-7000-8000-000000000009")
    response = visitor.open(build(rule, values), method=method, data={"csrf_token": visitor.csrf_token()})
    assert response.status_code == 303
    assert response.location.startswith("/sign-in")


@cases(Key)
def test_the_api_wants_a_key(case: tuple[Key, Rule, str], world: World, visitor: PageClient) -> None:
    _, rule, method = case
    response = visitor.open(build(rule, world.values), method=method)
    assert response.status_code == 401
    assert response.json["error"]["code"] == "key_missing"


@cases(Key)
def test_a_signed_in_browser_is_no_key(case: tuple[Key, Rule, str], world: World, visitor: PageClient) -> None:
    _, rule, method = case
    visitor.sign_in(world.team.owner)
    assert visitor.open(build(rule, world.values), method=method).status_code == 401


@pytest.mark.parametrize(
    "case",
    [case for case in of_kind(Key) if case[1].arguments],
    ids=[named(case) for case in of_kind(Key) if case[1].arguments],
)
def test_a_key_does_not_reach_into_another_workspace(
    case: tuple[Key, Rule, str], world: World, visitor: PageClient
) -> None:
    _, rule, method = case
    headers = {"Authorization": f"Bearer {world.secret_key}"}
    body = example_body(visitor.application, rule, method)
    path = build(rule, a_world().values)
    expected = 201 if rule.endpoint in NEW_HERE else 404
    assert visitor.open(path, method=method, headers=headers, json=body).status_code == expected


@cases(Loopback)
def test_pages_of_this_machine_do_not_exist_elsewhere(case: tuple[Loopback, Rule, str], visitor: PageClient) -> None:
    _, rule, method = case
    values = dict.fromkeys(rule.arguments, "01900000-0000-7000-8000-000000000009")
    sent = {"data": {"csrf_token": visitor.csrf_token()}} if method == "POST" else {}
    response = visitor.open(
        build(rule, values), method=method, environ_overrides={"REMOTE_ADDR": "203.0.113.7"}, **sent
    )
    assert response.status_code == 404


def test_every_permission_opens_something() -> None:
    used = {access.permission.name for access, _, _ in of_kind(Member)}
    assert set(PERMISSIONS) - used == set()
