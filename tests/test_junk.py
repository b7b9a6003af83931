"""Whatever is thrown at any address by anybody, the answer is one that was thought of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from uuid import UUID
from zlib import crc32

import msgspec
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from redis import Redis
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.accounts import even_time
from app.accounts.access import SignedIn, StaffOnly
from app.core.access import access_of
from app.core.api import PREFIX, Api, Endpoint
from app.core.db import session
from app.core.outbox import send_mail
from app.core.refusals import BEFORE_AN_ENDPOINT
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.workspaces.access import Member
from app.workspaces.key_access import Key
from tests.support.junk import ODD_SEGMENTS, Sent, calls, forms, questions
from tests.support.pages import Page, PageClient
from tests.support.places import NO_PAGES, values_for
from tests.support.world import a_world, someone_of_staff

pytestmark = pytest.mark.thorough

ANSWERS = {200, 201, 204, 206, 302, 303, 304, 308, 400, 401, 403, 404, 405, 409, 410, 413, 415, 416, 419, 422, 429}
LARGE = 10_000_000
PART = b'--edge\r\nContent-Disposition: form-data; name="name"\r\n\r\n'

# What goes through where a form is drawn empty.
BELIEVABLE = {
    "name": "Tidepool",
    "platform": "steam",
    "identifier": "480",
    "domain": "tidepool.example",
    "slug": "low-tide",
    "email": "somebody@example.org",
    "role": "member",
    "scopes": "read",
    "overlap": "24",
    "expires": "30",
}

few_or_many = pytest.mark.parametrize("examples", [5, pytest.param(25, marks=pytest.mark.faults)], ids=["few", "many"])


class Everything:
    """The URL map with things that exist in its addresses, and for each somebody who may come."""

    def __init__(self, app: Guerdon, redis: Redis) -> None:
        self.app, self.redis = app, redis
        world = a_world()
        self.key = world.secret_key
        self.cookies = {kind: self._cookie(world.team.owner) for kind in (Member, SignedIn)}
        self.cookies[StaffOnly] = self._cookie(someone_of_staff())
        with unit_of_work(world.team.workspace_id):
            send_mail("guest@example.org", "accounts/verify", link="http://localhost/")
        self.values = {
            "token": "none",
            "version": "0",
            "name": "css/app.css",
            "filename": "css/app.css",
            "key": "pk_none",
        }
        self.values |= world.values | values_for(world.team.owner, world.team.slug)

    def rules(self, method: str) -> list[Rule]:
        """All addresses that answer to this method, but for those that only keys open, and letters, which are no pages."""
        rules = sorted(self.app.url_map.iter_rules(), key=lambda rule: rule.rule)
        ours = [rule for rule in rules if rule.endpoint != "mailbox.html" and not self._is_api(rule)]
        return [rule for rule in ours if method in (rule.methods or ())]

    def path(self, rule: Rule, **changed: str) -> str:
        found = {**self.values, **self.values.get(rule.endpoint, {}), **changed}
        path = rule.rule
        for name in rule.arguments:
            for pattern in (f"<{name}>", f"<uuid:{name}>", f"<path:{name}>", f"<user:{name}>"):
                path = path.replace(pattern, str(found[name]))
        return path

    @cached_property
    def fields(self) -> dict[str, dict[str, str]]:
        """What every form holds as it is drawn, by the path that it is sent to."""
        found = {}
        for rule in self.rules("GET"):
            if rule.endpoint not in NO_PAGES:
                response = self.send(rule, "GET", Sent())
                if response.mimetype == "text/html":
                    for path, fields in Page(response).posts().items():
                        found[path] = {name: value or BELIEVABLE.get(name, "") for name, value in fields.items()}
        return found

    def send(self, rule: Rule, method: str, sent: Sent, path: str | None = None) -> TestResponse:
        """Send it as whoever may come, take back what it changed, and return the answer."""
        visitor = self.app.test_client()
        assert isinstance(visitor, PageClient)
        if cookie := self.cookies.get(type(access_of(self.app, rule.endpoint))):
            visitor.set_cookie("guerdon", cookie)
        headers = {"X-CSRFToken": visitor.csrf_token(), "Authorization": f"Bearer {self.key}", **sent.headers}
        with self._undone():
            response = visitor.open(
                path or self.path(rule),
                method=method,
                data=sent.body,
                content_type=sent.content_type,
                query_string=sent.query,
                headers=headers,
            )
            response.get_data()
            response.close()
        return response

    @contextmanager
    def _undone(self) -> Iterator[None]:
        savepoint = session.get_bind().begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()
            self.redis.flushdb()

    def _is_api(self, rule: Rule) -> bool:
        return isinstance(access_of(self.app, rule.endpoint), Key)

    def _cookie(self, account_id: UUID) -> str:
        client = self.app.test_client()
        assert isinstance(client, PageClient)
        cookie = client.sign_in(account_id).get_cookie("guerdon")
        assert cookie is not None
        return str(cookie.value)


@pytest.fixture
def everything(app: Guerdon, empty_redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Everything:
    monkeypatch.setattr(even_time, "SECONDS", 0.0)
    return Everything(app, empty_redis)


def is_known(response: TestResponse) -> bool:
    return response.status_code in ANSWERS


def hammer(
    what: str,
    examples: int,
    junk: st.SearchStrategy[Sent],
    ask: Callable[[Sent], TestResponse],
    is_right: Callable[[TestResponse], bool] = is_known,
) -> None:
    # Other junk for each address, and the same in each run.
    @seed(crc32(what.encode()))
    @settings(max_examples=examples, deadline=None, database=None)
    @given(sent=junk)
    def once(sent: Sent) -> None:
        response = ask(sent)
        request = response.request
        assert is_right(response), f"{request.method} {request.path} answered {response.status}: {response.text[:300]}"

    once()


@few_or_many
def test_forms(everything: Everything, examples: int) -> None:
    for rule in everything.rules("POST"):
        fields = everything.fields.get(everything.path(rule), {})
        hammer(rule.rule, examples, forms(BELIEVABLE | fields), partial(everything.send, rule, "POST"))


@few_or_many
def test_questions(everything: Everything, examples: int) -> None:
    for rule in everything.rules("GET"):
        hammer(rule.rule, examples, questions, partial(everything.send, rule, "GET"))


@few_or_many
def test_addresses(everything: Everything, examples: int) -> None:
    """Junk in the place of what an address names."""
    for method in ("GET", "POST"):
        for rule in everything.rules(method):
            for at, name in enumerate(sorted(rule.arguments)):
                for segment in ODD_SEGMENTS[(len(rule.rule) + at) % 11 :: 11 if examples < 10 else 1]:
                    response = everything.send(rule, method, Sent(), everything.path(rule, **{name: segment}))
                    assert response.status_code in ANSWERS, f"{rule.rule} with {segment} answered {response.status}"


@few_or_many
def test_calls(everything: Everything, examples: int) -> None:
    """Programs are told one of the refusals that the documentation lists."""
    rules = {(rule.rule, tuple(rule.methods or ())): rule for rule in everything.app.url_map.iter_rules()}
    apis = [blueprint for blueprint in everything.app.blueprints.values() if isinstance(blueprint, Api)]
    for endpoint in (found for api in apis for found in api.endpoints):
        rule = next(
            rule
            for (path, methods), rule in rules.items()
            if path == PREFIX + endpoint.rule and endpoint.method in methods
        )
        names = [one.encode_name for one in msgspec.structs.fields(endpoint.body)] if endpoint.body else []
        body = {name: BELIEVABLE[name] for name in names if name in BELIEVABLE}
        ask = partial(everything.send, rule, endpoint.method)
        hammer(rule.rule, examples * 10, calls(body), ask, partial(is_documented, endpoint))


def is_documented(endpoint: Endpoint, response: TestResponse) -> bool:
    if response.status_code == endpoint.status:
        return True
    known = {(refusal.status, refusal.code) for refusal in (*endpoint.all_refusals(), *BEFORE_AN_ENDPOINT)}
    return response.status_code < 500 and (response.status_code, response.json["error"]["code"]) in known


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=edge"])
def test_a_paste_of_ten_megabytes(everything: Everything, kind: str) -> None:
    head, end = (b"name=", b"") if kind.endswith("urlencoded") else (PART, b"\r\n--edge--\r\n")
    sent = Sent(head + b"x" * LARGE + end, kind)
    for rule in everything.rules("POST"):
        response = everything.send(rule, "POST", sent)
        assert response.status_code == 413, f"{rule.rule} answered {response.status}"


def test_a_call_of_ten_megabytes(everything: Everything) -> None:
    headers = {"Authorization": f"Bearer {everything.key}", "Content-Type": "application/json"}
    response = everything.app.test_client().post("/v1/apps", data=b'"' + b"x" * LARGE + b'"', headers=headers)
    assert response.status_code == 413
    assert response.json["error"]["code"] == "too_large"


@pytest.mark.parametrize("value", ["", "junk", ".junk.junk", "\xff", "eyJ0b2tlbiI6MX0.x.y", "x" * 4000, "%00", "a=b=c"])
@pytest.mark.parametrize("name", ["guerdon", "theme", "guerdon_browser", "junk"])
def test_cookies(client: PageClient, name: str, value: str) -> None:
    client.set_cookie(name, value)
    assert client.get("/").status_code == 200
    assert client.get("/workspaces").status_code == 303
    assert client.submit("/sign-in", {"email": "a@example.org", "password": "x"}).status_code in {419, 422}
