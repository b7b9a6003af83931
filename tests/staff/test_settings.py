"""Settings of the whole installation: saved with what stood there before, and in force at once."""

from uuid import UUID

import pytest

from app.core.platform_settings import PlatformSettings, platform_settings
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.staff.forms.settings import SettingsForm
from tests.factories.workspaces import Team
from tests.staff.conftest import entries, on_the_platform, the_entry
from tests.support.pages import PageClient

ON = {"sign_up_open": "y", "review_new_apps": "y", "contact_email": "help@guerdon.example"}


def saved() -> PlatformSettings:
    with unit_of_work():
        return platform_settings()


def test_every_setting_has_its_field(app: Guerdon) -> None:
    with app.test_request_context():
        assert set(PlatformSettings.__struct_fields__) <= set(SettingsForm()._fields)


def test_saving_keeps_what_was_there_before(office: PageClient, stella: UUID) -> None:
    assert office.submit("/staff/settings", ON).status_code == 303
    assert saved() == PlatformSettings(sign_up_open=True, review_new_apps=True, contact_email="help@guerdon.example")
    entry = the_entry("platform_settings.changed")
    assert on_the_platform(entry)
    assert entry.actor == ("staff", stella)
    assert entry.details == {
        "changes": {"review_new_apps": [False, True], "contact_email": ["", "help@guerdon.example"]}
    }
    page = office.page("/staff/audit?action=platform_settings.changed")
    assert "Review new apps: no → yes" in page.text
    assert "Contact email: nothing → help@guerdon.example" in page.text


def test_saving_the_same_again_writes_nothing(office: PageClient) -> None:
    for _ in range(2):
        assert office.submit("/staff/settings", ON).status_code == 303
    assert len(entries("platform_settings.changed")) == 1


@pytest.mark.parametrize("address", ["nobody", "a@b@c", "x" * 300 + "@example.org", "a b@example.org"])
def test_an_address_must_be_one(office: PageClient, address: str) -> None:
    response = office.submit("/staff/settings", {**ON, "contact_email": address})
    assert response.status_code == 422
    assert address in response.get_data(as_text=True)
    assert saved() == PlatformSettings()


def test_reviewing_is_in_force_at_once(app: Guerdon, office: PageClient, team: Team) -> None:
    office.submit("/staff/settings", ON)
    theirs = app.test_client().sign_in(team.owner)  # type: ignore[attr-defined]
    theirs.submit(f"/w/{team.slug}/apps/new", {"platform": "web", "name": "Tides", "identifier": "tides.example"})
    assert "One app waits for a decision" in office.page("/staff/apps").text


def test_closing_sign_up_is_in_force_at_once(app: Guerdon, office: PageClient) -> None:
    stranger = app.test_client()
    values = {"name": "Noor", "email": "noor@example.org", "password": "tulip harbour cloud"}
    office.submit("/staff/settings", {"contact_email": ""})
    assert stranger.post("/sign-up", data={"csrf_token": stranger.csrf_token(), **values}).status_code in {403, 422}  # type: ignore[attr-defined]
