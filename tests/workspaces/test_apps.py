"""What happens to apps, whoever asks for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.core.db import session
from app.core.errors import Conflict, DomainError, Invalid
from app.core.platform_settings import change_platform_settings
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.workspaces import signals
from app.workspaces.models import App
from app.workspaces.operations.apps import approve_app, change_app, register_app, reinstate_app, suspend_app
from app.workspaces.platforms import PLATFORMS, made_up_identifier, normal_domain
from app.workspaces.queries.apps import app_by_id, suspension_of
from tests.factories.workspaces import a_workspace, an_app

GOOD = {
    "ios": ["com.example.tidepool", "com.Example.tide-pool2"],
    "android": ["com.example.tidepool", "org.Example.tide_pool"],
    "windows": ["Example.Tidepool_8wekyb3d8bbwe", "9NBLGGH4NNS1"],
    "macos": ["com.example.tidepool"],
    "steam": ["480", "4294967295"],
    "epic": ["fortnite", "tidepool-3f9a1c", "0123456789abcdef0123456789abcdef"],
    "web": ["tidepool.example", "a.b.c.example", "xn--mller-kva.de"],
}
BAD = {
    "ios": ["tidepool", "com..tidepool", "com.tide_pool.x", "com.example.", "com.exämple.x", "com.a b.c"],
    "android": ["tidepool", "com.1example.x", "com.tide-pool.x", "com.example."],
    "windows": ["Tidepool", "Tidepool_8wekyb3d8bbw", "9NBLGGH4NNS", "Tide Pool_8wekyb3d8bbwe"],
    "macos": ["tidepool", "/Applications/Tidepool.app"],
    "steam": ["0", "12a", "-1", "4294967296", "٤٨٠", "1" * 11],
    "epic": ["tide pool", "-tide", "tide_pool", ""],
    "web": ["https://tidepool.example", "tidepool", "tidepool.example/x", "1.2.3.4", "tide_pool.example", "a..b", ".."],
}


@pytest.mark.parametrize(("platform", "text"), [(name, text) for name, texts in GOOD.items() for text in texts])
def test_an_identifier_is_taken(platform: str, text: str) -> None:
    assert PLATFORMS[platform].identifier(f" {text} ") == text


@pytest.mark.parametrize(("platform", "text"), [(name, text) for name, texts in BAD.items() for text in texts])
def test_what_is_none_is_refused_with_an_example(platform: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        PLATFORMS[platform].identifier(text)
    assert refused.value.field == "identifier"
    assert PLATFORMS[platform].example in refused.value.message


def test_one_app_has_one_spelling() -> None:
    assert PLATFORMS["web"].identifier("Müller.DE.") == "xn--mller-kva.de"
    assert PLATFORMS["windows"].identifier("9nblggh4nns1") == "9NBLGGH4NNS1"
    assert PLATFORMS["epic"].identifier("Tidepool") == "tidepool"


@given(platform=st.sampled_from(list(PLATFORMS)), text=st.text())
def test_any_text_is_an_identifier_or_refused(platform: str, text: str) -> None:
    try:
        found = PLATFORMS[platform].identifier(text)
    except Invalid:
        return
    assert 0 < len(found) <= 255
    assert PLATFORMS[platform].identifier(found) == found


@given(st.text())
def test_a_domain_is_normal_once_and_for_all(text: str) -> None:
    found = normal_domain(text)
    assert found is None or (found.isascii() and normal_domain(found) == found)


@given(platform=st.sampled_from(list(PLATFORMS)), name=st.text(min_size=1, max_size=300))
def test_an_identifier_is_made_up_for_any_name(platform: str, name: str) -> None:
    made = made_up_identifier(platform, name)
    assert PLATFORMS[platform].identifier(made) == made


def test_reviewed_apps_are_reviewed_again_under_another_identifier(app: Guerdon) -> None:
    workspace_id = a_workspace()
    with unit_of_work():
        change_platform_settings(review_new_apps=True)
    with unit_of_work(workspace_id):
        made = register_app(name="Tidepool", platform="web", identifier="tidepool.example").id
        assert app_by_id(made).status == "pending_review"
    with unit_of_work(role="staff"):
        approve_app(app_by_id(made))
    with unit_of_work(workspace_id):
        change_app(app_by_id(made), name="Tide pool", identifier="tidepool.example", domain=None)
        assert app_by_id(made).status == "active"
        change_app(app_by_id(made), name="Tide pool", identifier="lagoon.example", domain=None)
        assert app_by_id(made).status == "pending_review"


def test_a_suspended_app_does_not_slip_away_by_another_identifier(app: Guerdon) -> None:
    workspace_id = a_workspace()
    app_id = an_app(workspace_id)
    with unit_of_work():
        change_platform_settings(review_new_apps=True)
    with unit_of_work(role="staff"):
        suspend_app(app_by_id(app_id), "A copy.")
    with unit_of_work(workspace_id):
        change_app(app_by_id(app_id), name="Tidepool", identifier="lagoon.example", domain=None)
        assert app_by_id(app_id).status == "suspended"


@pytest.mark.parametrize(("before", "after"), [("suspended", "active"), ("pending_review", "active")])
def test_the_database_lets_only_staff_decide(app: Guerdon, before: str, after: str) -> None:
    workspace_id = a_workspace()
    app_id = an_app(workspace_id, status=before)
    with pytest.raises(IntegrityError, match="Only staff"), unit_of_work(workspace_id):
        session.execute(update(App).where(App.id == app_id).values(status=after))


def test_decisions_are_announced_recorded_and_made_once(app: Guerdon) -> None:
    workspace_id = a_workspace()
    app_id = an_app(workspace_id, status="pending_review")
    heard: list[tuple[str, object]] = []

    def approved(made: App) -> None:
        heard.append(("approved", made.id))

    def suspended(made: App, reason: str) -> None:
        heard.append((reason, made.id))

    def reinstated(made: App) -> None:
        heard.append(("reinstated", made.id))

    with (
        signals.app_approved.connected_to(approved),
        signals.app_suspended.connected_to(suspended),
        signals.app_reinstated.connected_to(reinstated),
        unit_of_work(role="staff"),
    ):
        made = app_by_id(app_id)
        approve_app(made)
        with pytest.raises(Conflict):
            approve_app(made)
        with pytest.raises(DomainError):
            suspend_app(made, " ")
        suspend_app(made, "A copy.")
        with pytest.raises(Conflict):
            suspend_app(made, "Again.")
        reinstate_app(made)
        with pytest.raises(Conflict):
            reinstate_app(made)
    assert heard == [("approved", app_id), ("A copy.", app_id), ("reinstated", app_id)]
    with unit_of_work(workspace_id):
        entry = suspension_of(app_id)
        assert entry is not None
        assert entry.details["reason"] == "A copy."
