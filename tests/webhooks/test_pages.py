"""The screens about webhooks: what is there, how it goes, and what can be done."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from standardwebhooks import Webhook

from app.core.clock import freeze, now
from app.core.db import session
from app.core.ids import new_id
from app.core.tables import AuditEntry, OutboxMessage
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.webhooks.models import WebhookAttempt, WebhookEndpoint
from app.webhooks.operations.announcing import announce
from app.webhooks.operations.endpoints import MOST, disable_endpoint
from app.webhooks.types import TYPES
from tests.factories.workspaces import Team, a_team
from tests.support.budget import counted
from tests.support.hook_server import Hooks, reply
from tests.support.jobs import run_jobs
from tests.support.pages import Page, PageClient
from tests.webhooks.conftest import an_endpoint


@pytest.fixture
def owner(client: PageClient, team: Team) -> PageClient:
    client.sign_in(team.owner)
    return client


def at(team: Team, *parts: object) -> str:
    return "/".join([f"/w/{team.slug}/webhooks", *map(str, parts)])


def found(team: Team, endpoint_id: UUID) -> WebhookEndpoint:
    with unit_of_work(team.workspace_id):
        endpoint = session.get_one(WebhookEndpoint, (team.workspace_id, endpoint_id))
        session.expunge(endpoint)
        return endpoint


def actions(team: Team) -> list[str]:
    with unit_of_work(team.workspace_id):
        query = select(AuditEntry.action).where(AuditEntry.action.startswith("webhook.")).order_by(AuditEntry.id)
        return list(session.scalars(query))


def tell(team: Team, count: int = 1) -> None:
    with unit_of_work(team.workspace_id):
        announce("points.spent", [{"user_id": "u1", "points_change": -50 - n} for n in range(count)])


def test_an_empty_list_offers_the_first_endpoint(owner: PageClient, team: Team) -> None:
    page = owner.page(at(team))
    assert "No endpoint yet" in page.text
    assert [link.get("href") for link in page.all("a") if "Add an endpoint" in "".join(link.itertext())] == [
        at(team, "new")
    ]


def test_making_an_endpoint_shows_its_secret(owner: PageClient, team: Team, hooks: Hooks) -> None:
    response = owner.submit(at(team, "new"), {"url": hooks.url(), "types": ["points.spent"], "description": "Game"})
    assert response.status_code == 201
    with unit_of_work(team.workspace_id):
        endpoint = session.scalars(select(WebhookEndpoint)).one()
        assert (endpoint.url, endpoint.types, endpoint.title) == (hooks.url(), ["points.spent"], "Game")
        secret, endpoint_id = endpoint.secret, endpoint.id
    text = Page(response).text
    assert text.count(secret) >= 2
    assert secret not in owner.page(at(team, endpoint_id)).text
    listed = owner.page(at(team)).text
    assert "Game" in listed
    assert "nothing sent" in listed
    assert actions(team) == ["webhook.made"]


def test_sent_twice_it_is_made_once(owner: PageClient, team: Team) -> None:
    form = {"url": "https://hooks.example/", "types": ["points.spent"], "endpoint_id": str(new_id())}
    assert owner.submit(at(team, "new"), form).status_code == 201
    assert owner.submit(at(team, "new"), form).status_code == 303
    with unit_of_work(team.workspace_id):
        assert session.scalar(select(func.count()).select_from(WebhookEndpoint)) == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"url": ""}, "Enter the address"),
        ({"url": "hooks.example"}, "no address to call"),
        ({"url": "https://10.0.0.1/"}, "not on the public internet"),
        ({"url": "https://ines:pw@hooks.example/"}, "Leave user name and password out"),
        ({"url": "https://hooks.example:25/"}, "Use port 443"),
        ({"types": []}, "Choose at least one type"),
        ({"types": ["points.lost"]}, "no such type"),
        ({"description": "x" * 101}, "within 100 characters"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    owner: PageClient, team: Team, values: dict[str, object], words: str
) -> None:
    form = {"url": "https://hooks.example/", "types": ["points.spent"], "description": "", **values}
    response = owner.submit(at(team, "new"), form)
    assert response.status_code == 422
    assert words in Page(response).text
    assert actions(team) == []


def test_a_field_is_checked_when_it_is_left(owner: PageClient, team: Team) -> None:
    form = {"url": "https://127.1/", "types": ["points.spent"]}
    response = owner.submit(at(team, "new"), form, headers={"X-Check": "url"})
    assert "no address to call" in Page(response).text
    fine = owner.submit(at(team, "new"), {**form, "url": "https://hooks.example/"}, headers={"X-Check": "url"})
    assert fine.status_code == 200
    assert actions(team) == []


def test_a_workspace_has_a_bounded_number(owner: PageClient, team: Team) -> None:
    for number in range(MOST):
        an_endpoint(team.workspace_id, f"https://hooks.example/{number}")
    response = owner.submit(at(team, "new"), {"url": "https://hooks.example/", "types": ["points.spent"]})
    assert response.status_code == 422
    assert "at most 20 endpoints" in Page(response).text


def test_a_secret_can_be_read_again_and_that_is_written_down(owner: PageClient, team: Team, endpoint_id: UUID) -> None:
    secret = found(team, endpoint_id).secret
    response = owner.submit(at(team, endpoint_id, "secret-readings"))
    assert secret in Page(response).text
    assert response.headers["Cache-Control"] == "no-store" or "no-store" in response.headers["Cache-Control"]
    assert actions(team)[-1] == "webhook.secret_shown"


@pytest.mark.parametrize("hours", ["24", "168", "0"])
def test_rotating_shows_the_new_secret(owner: PageClient, team: Team, endpoint_id: UUID, hours: str) -> None:
    before, began = found(team, endpoint_id).secret, now()
    response = owner.submit(at(team, endpoint_id, "secret-rotations"), {"overlap": hours})
    after = found(team, endpoint_id)
    assert response.status_code == 201
    assert after.secret != before
    assert after.secret in Page(response).text
    assert before not in Page(response).text
    if hours == "0":
        assert after.old_secret is after.old_secret_until is None
    else:
        assert after.old_secret == before
        assert after.old_secret_until is not None
        assert after.old_secret_until - began >= timedelta(hours=int(hours))
    again = owner.submit(at(team, endpoint_id, "secret-rotations"), {"overlap": hours})
    assert again.status_code == (201 if hours == "0" else 409)


def test_an_unknown_overlap_is_refused(owner: PageClient, team: Team, endpoint_id: UUID) -> None:
    assert owner.submit(at(team, endpoint_id, "secret-rotations"), {"overlap": "5"}).status_code == 422
    assert actions(team) == ["webhook.made"]


def test_a_test_is_sent_now_and_shown_as_it_comes_back(
    calling: Guerdon, owner: PageClient, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    hooks.answer = reply(200, b'{"thanks": "\xf0\x9f\x8c\x8a"}', Server="Kiln")
    page = owner.page(at(team, endpoint_id))
    form = page.form(at(team, endpoint_id, "tests"))
    for _ in range(2):
        response = owner.submit(at(team, endpoint_id, "tests"), form)
        assert response.location.endswith(f"?test={form['test_id']}#test")
    waiting = owner.page(f"{at(team, endpoint_id)}?test={form['test_id']}")
    assert "on its way" in waiting.text
    assert waiting.by_id("test").get("hx-trigger") == "every 1s"
    run_jobs(calling, "webhooks")
    assert len(hooks.told) == 1
    assert Webhook(found(team, endpoint_id).secret).verify(hooks.told[0].body, hooks.told[0].by_name)["type"] == (
        "webhook.test"
    )
    done = owner.page(f"{at(team, endpoint_id)}?test={form['test_id']}")
    for words in ("The test was taken", "It answered 200", "Server: Kiln", '"thanks": "🌊"'):
        assert words in done.text
    assert done.by_id("test").get("hx-trigger") is None
    assert actions(team) == ["webhook.made", "webhook.tested"]


def test_a_test_that_fails_is_not_repeated_and_spoils_nothing(
    calling: Guerdon, owner: PageClient, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    hooks.answer = reply(500, b"<script>alert(1)</script>\x00")
    test_id = new_id()
    owner.submit(at(team, endpoint_id, "tests"), {"test_id": str(test_id)})
    run_jobs(calling, "webhooks")
    page = owner.page(f"{at(team, endpoint_id)}?test={test_id}")
    assert "The test was not taken" in page.text
    assert "<script>alert(1)</script>" in page.text
    assert found(team, endpoint_id).state == "active"
    with unit_of_work(team.workspace_id):
        assert session.scalars(select(OutboxMessage).filter_by(channel="webhook")).one().status == "failed"


def test_attempts_are_listed_filtered_and_opened(
    calling: Guerdon, owner: PageClient, team: Team, endpoint_id: UUID, hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(team)
    run_jobs(calling, "webhooks")
    hooks.answer = reply(503, b"busy")
    tell(team)
    run_jobs(calling, "webhooks")
    page = owner.page(at(team, endpoint_id))
    assert "1 of 2 attempts succeeded" in page.text
    assert "Failing" in page.text
    with unit_of_work(team.workspace_id):
        good, bad = session.scalars(select(WebhookAttempt).order_by(WebhookAttempt.id)).all()
        ids = good.id, bad.id, good.message_id
    links = [link.get("href") for link in page.all("a") if "/attempts/" in (link.get("href") or "")]
    assert links == [at(team, endpoint_id, "attempts", ids[1]), at(team, endpoint_id, "attempts", ids[0])]
    failed = owner.page(f"{at(team, endpoint_id)}?result=failed")
    assert [one for one in links if one in failed.response.get_data(as_text=True)] == links[:1]
    sought = owner.page(f"{at(team, endpoint_id)}?q={ids[2]}")
    assert [one for one in links if one in sought.response.get_data(as_text=True)] == links[1:]
    opened = owner.page(links[0])
    for words in ("It answered 503.", "webhook-signature: v1,", '"points_change": -50', "busy", "POST http://"):
        assert words in opened.text
    csv = owner.get(at(team, endpoint_id, "attempts.csv")).get_data(as_text=True).splitlines()
    assert len(csv) == 3
    with monkeypatch.context() as patch:
        patch.setattr("app.webhooks.queries.attempts.CHUNK", 1)
        assert owner.get(at(team, endpoint_id, "attempts.csv")).get_data(as_text=True).splitlines() == csv
    assert "503" in csv[1]


def test_sending_again_one_and_all_that_failed(
    calling: Guerdon, owner: PageClient, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    hooks.answer = reply(410)
    tell(team, 3)
    run_jobs(calling, "webhooks")
    page = owner.page(at(team, endpoint_id))
    assert "3 messages were given up" in page.text
    assert "Disabled: it answered 410" in page.text
    assert owner.submit(at(team, endpoint_id, "resends")).status_code == 409
    hooks.answer = reply(200)
    owner.submit(at(team, endpoint_id, "activations"))
    owner.submit(at(team, endpoint_id, "resends"))
    run_jobs(calling, "webhooks")
    assert len(hooks.told) == 4
    assert "given up" not in owner.page(at(team, endpoint_id)).by_id("attempts").itertext()
    with unit_of_work(team.workspace_id):
        attempt_id = session.scalars(select(WebhookAttempt.id).order_by(WebhookAttempt.id)).first()
    owner.submit(at(team, endpoint_id, "attempts", attempt_id, "resends"))
    run_jobs(calling, "webhooks")
    assert len(hooks.told) == 5
    owner.submit(at(team, endpoint_id, "resends"))
    assert actions(team) == [
        *("webhook.made", "webhook.disabled", "webhook.enabled", "webhook.failed_resent", "webhook.resent")
    ]


def test_a_message_that_was_forgotten_cannot_be_sent_again(
    calling: Guerdon, owner: PageClient, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    tell(team)
    run_jobs(calling, "webhooks")
    with unit_of_work(team.workspace_id):
        session.execute(OutboxMessage.__table__.delete())
        attempt_id = session.scalars(select(WebhookAttempt.id)).one()
    response = owner.submit(at(team, endpoint_id, "attempts", attempt_id, "resends"))
    assert response.status_code == 409
    assert "no longer kept" in Page(response).text


def test_disabling_enabling_and_deleting(
    calling: Guerdon, owner: PageClient, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    tell(team)
    for _ in range(2):
        assert owner.submit(at(team, endpoint_id, "deactivations")).status_code == 303
    page = owner.page(at(team, endpoint_id))
    assert "1 message was given up" in page.text
    assert owner.submit(at(team, endpoint_id, "tests"), {"test_id": str(new_id())}).status_code == 409
    for _ in range(2):
        assert owner.submit(at(team, endpoint_id, "activations")).status_code == 303
    assert owner.submit(at(team, endpoint_id, "deletions")).location.endswith(at(team))
    assert owner.get(at(team, endpoint_id)).status_code == 404
    assert owner.submit(at(team, endpoint_id, "deletions")).status_code == 404
    assert actions(team) == ["webhook.made", "webhook.disabled", "webhook.enabled", "webhook.deleted"]
    log = owner.page(f"/w/{team.slug}/activity").text
    assert "eleted a webhook endpoint" in log


def test_editing_keeps_what_was_typed_and_says_what_changed(owner: PageClient, team: Team, endpoint_id: UUID) -> None:
    path = at(team, endpoint_id, "settings")
    form = {"url": "https://hooks.example/s3cret-path", "types": ["points.credited"], "description": "Ünïcode 🌊"}
    assert owner.submit(path, {**form, "url": "https://127.0.0.1.nip/\\"}).status_code == 422
    assert owner.submit(path, form).status_code == 303
    endpoint = found(team, endpoint_id)
    assert (endpoint.url, endpoint.types, endpoint.title) == (form["url"], ["points.credited"], "Ünïcode 🌊")
    with unit_of_work(team.workspace_id):
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "webhook.changed")).one()
        assert "s3cret" not in json.dumps(entry.details)
        assert entry.details["changes"]["types"] == [list(TYPES), ["points.credited"]]


def test_what_another_workspace_has_does_not_exist(owner: PageClient, team: Team, hooks: Hooks) -> None:
    theirs = an_endpoint(a_team().workspace_id, hooks.url("/theirs"))
    for path in (at(team, theirs), at(team, theirs, "settings"), at(team, theirs, "attempts.csv")):
        assert owner.get(path).status_code == 404
    for noun in ("tests", "deletions", "secret-readings", "activations", "deactivations", "resends"):
        assert owner.submit(at(team, theirs, noun), {"test_id": str(new_id())}).status_code == 404
    assert owner.submit(at(team, theirs, "secret-rotations"), {"overlap": "24"}).status_code == 404


def test_a_test_id_of_something_else_changes_nothing(
    owner: PageClient, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    other = an_endpoint(team.workspace_id, hooks.url("/other"))
    test_id = new_id()
    owner.submit(at(team, other, "tests"), {"test_id": str(test_id)})
    assert "on its way" not in owner.page(f"{at(team, endpoint_id)}?test={test_id}").text
    assert owner.submit(at(team, endpoint_id, "tests"), {"test_id": "junk"}).status_code == 303


def test_viewers_see_and_change_nothing(
    calling: Guerdon, client: PageClient, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    tell(team)
    run_jobs(calling, "webhooks")
    client.sign_in(team.members["viewer"])
    page = client.page(at(team, endpoint_id))
    assert "Delete" not in page.text
    assert page.posts().keys().isdisjoint(at(team, endpoint_id, noun) for noun in ("tests", "secret-readings"))
    assert client.page(at(team, "receiving")).text
    assert client.submit(at(team, endpoint_id, "secret-readings")).status_code == 403
    assert client.get(at(team, "new")).status_code == 403


def test_receiving_is_explained_with_every_type(owner: PageClient, team: Team) -> None:
    text = owner.page(at(team, "receiving")).text
    for name, type in TYPES.items():
        assert name in text
        assert type.says in text


def test_search_finds_endpoints(owner: PageClient, team: Team, endpoint_id: UUID) -> None:
    assert "Game server" in owner.page(f"/w/{team.slug}/search?q=game ser").text


def test_lists_ask_few_questions(
    calling: Guerdon, owner: PageClient, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    for number in range(5):
        an_endpoint(team.workspace_id, hooks.url(f"/{number}"))
    tell(team, 8)
    run_jobs(calling, "webhooks")
    for path, most in ((at(team), 8), (at(team, endpoint_id), 11)):
        owner.page(path)
        with counted() as statements:
            owner.page(path)
        assert len(statements) <= most, "\n".join(statements)


def test_a_disabled_endpoint_says_why(owner: PageClient, team: Team, endpoint_id: UUID) -> None:
    with unit_of_work(team.workspace_id), freeze(now() - timedelta(hours=3)):
        disable_endpoint(endpoint_id)
    assert "Somebody disabled it 3 h" in owner.page(at(team, endpoint_id)).text
    assert "Disabled" in owner.page(f"{at(team)}?state=disabled").text
    assert "No such endpoint" in owner.page(f"{at(team)}?state=failing").text
    assert "points.spent" in owner.get(f"{at(team)}?format=csv").get_data(as_text=True)
