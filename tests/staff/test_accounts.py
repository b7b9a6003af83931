"""Accounts in the back office: found, looked at, kept out, let in, helped, and made staff."""

import csv
import io
from uuid import UUID

import pytest

from app.accounts import queries
from app.accounts.models import Account, AccountSession
from app.core.clock import now
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.factories.accounts import a_person, with_second_factor
from tests.factories.workspaces import Team, an_account
from tests.staff.conftest import entries, on_the_platform, the_entry
from tests.support.letters import letters_to
from tests.support.pages import PageClient


def path_to(account_id: UUID, then: str = "") -> str:
    return f"/staff/accounts/{account_id}{then}"


def account_of(account_id: UUID) -> Account:
    with unit_of_work():
        found = session.get_one(Account, account_id)
        session.expunge(found)
    return found


def sign_in_elsewhere(app: Guerdon, account_id: UUID) -> PageClient:
    return app.test_client().sign_in(account_id)  # type: ignore[attr-defined,no-any-return]


def test_it_is_found_by_the_beginning_of_its_address(office: PageClient) -> None:
    an_account("Mei", email="Mei.Tanaka@kiln.example")
    an_account("Otto", email="otto@mei.example")
    page = office.page("/staff/accounts?q=MEI.ta")
    assert "Mei.Tanaka@kiln.example" in page.text
    assert "otto@mei.example" not in page.text
    assert "No account fits" in office.page("/staff/accounts?q=tanaka").text


@pytest.mark.parametrize("text", ["%", "_", "mei%", "\\", "'"])
def test_signs_of_the_database_are_letters_like_others(office: PageClient, text: str) -> None:
    an_account("Mei", email="mei@kiln.example")
    assert "No account fits" in office.page("/staff/accounts", query_string={"q": text}).text


def test_it_is_narrowed_to_a_state_and_to_staff(office: PageClient) -> None:
    an_account("Late", status="pending_verification")
    waiting = office.page("/staff/accounts?status=pending_verification")
    assert "1–1 of 1" in waiting.text
    assert "Late" in waiting.text
    staff = office.page("/staff/accounts?staff=yes")
    assert "1–2 of 2" in staff.text
    assert "Late" not in staff.text


def test_it_is_sorted(office: PageClient) -> None:
    for name in ("Zoe", "Abe"):
        an_account(name)
    names = [cell.text for cell in office.page("/staff/accounts?sort=name").root.iterfind(".//tbody/tr/th/a")]
    assert names == sorted(names, key=str)
    assert names[0] == "Abe"


def test_it_comes_as_csv_that_no_spreadsheet_runs(office: PageClient) -> None:
    an_account("=HYPERLINK(1)", email="evil@example.org")
    response = office.get("/staff/accounts?format=csv&q=evil")
    rows = list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))
    assert [row["Name"] for row in rows] == ["'=HYPERLINK(1)"]
    assert rows[0]["Staff"] == "no"


def test_it_shows_what_there_is(office: PageClient, team: Team) -> None:
    page = office.page(path_to(team.owner))
    for words in ("Tidepool Games", "Owner", "Two-step sign-in Off", "This account is signed in nowhere."):
        assert words in page.text


def test_ones_own_page_says_so(office: PageClient, stella: UUID) -> None:
    page = office.page(path_to(stella))
    assert "Firefox on Linux" in page.text
    assert "You lose the back office at once" in page.text


def test_a_deleted_account_does_not_exist(office: PageClient) -> None:
    gone = an_account("Gone")
    with unit_of_work():
        session.get_one(Account, gone).deleted_at = now()
    assert office.get(path_to(gone)).status_code == 404


def test_suspending_keeps_out_and_says_why(app: Guerdon, office: PageClient, team: Team, stella: UUID) -> None:
    theirs = sign_in_elsewhere(app, team.owner)
    response = office.submit(path_to(team.owner, "/suspensions"), {"suspension-reason": "Chargebacks."})
    assert response.location.endswith(path_to(team.owner))
    assert account_of(team.owner).status == "suspended"
    assert theirs.get("/account").status_code == 303
    entry = the_entry("account.suspended")
    assert on_the_platform(entry)
    assert entry.actor == ("staff", stella)
    assert entry.subject == ("account", str(team.owner))
    assert entry.details == {"reason": "Chargebacks."}
    assert "Chargebacks." in letters_to(account_of(team.owner).email)[-1].text


@pytest.mark.parametrize("reason", [None, "", "  \n ", "x" * 501])
def test_suspending_wants_a_reason(office: PageClient, team: Team, reason: str | None) -> None:
    values = {} if reason is None else {"suspension-reason": reason}
    response = office.submit(path_to(team.owner, "/suspensions"), values)
    assert response.status_code == 422
    assert account_of(team.owner).status == "active"
    if reason and len(reason) > 500:
        assert reason in response.get_data(as_text=True)


def test_suspending_twice_is_told(office: PageClient, team: Team) -> None:
    office.submit(path_to(team.owner, "/suspensions"), {"suspension-reason": "Once."})
    response = office.submit(path_to(team.owner, "/suspensions"), {"suspension-reason": "Twice."})
    assert response.status_code == 422
    assert len(entries("account.suspended")) == 1


def test_a_suspension_ends(office: PageClient, team: Team) -> None:
    office.submit(path_to(team.owner, "/suspensions"), {"suspension-reason": "Once."})
    assert "Reactivate" in office.page(path_to(team.owner)).text
    assert office.submit(path_to(team.owner, "/reactivations")).status_code == 303
    assert account_of(team.owner).status == "active"
    assert office.submit(path_to(team.owner, "/reactivations")).status_code == 409


def test_signing_out_everywhere(app: Guerdon, office: PageClient, team: Team, stella: UUID) -> None:
    theirs = sign_in_elsewhere(app, team.owner)
    assert office.submit(path_to(team.owner, "/sign-outs")).status_code == 303
    assert theirs.get("/account").status_code == 303
    assert the_entry("sessions.ended").actor == ("staff", stella)
    assert office.submit(path_to(team.owner, "/sign-outs")).status_code == 303
    assert len(entries("sessions.ended")) == 1


def test_a_password_reset(office: PageClient, stella: UUID) -> None:
    person = a_person()
    assert office.submit(path_to(person.id, "/password-resets")).status_code == 303
    assert letters_to(person.email)[-1].link.startswith("/password/reset/")
    assert the_entry("password_reset.sent").actor == ("staff", stella)


def test_no_password_reset_for_who_is_kept_out(office: PageClient) -> None:
    person = a_person(status="suspended")
    assert office.submit(path_to(person.id, "/password-resets")).status_code == 409
    assert letters_to(person.email) == []


def test_removing_the_second_factor(office: PageClient, stella: UUID) -> None:
    person = a_person()
    with_second_factor(person)
    path = path_to(person.id, "/second-factor-removals")
    assert office.submit(path, {}).status_code == 422
    assert office.submit(path, {"second-factor-reason": "Lost phone, called back."}).status_code == 303
    with unit_of_work():
        assert not queries.has_second_factor(person.id)
    entry = the_entry("second_factor.removed")
    assert (entry.actor, entry.details) == (("staff", stella), {"reason": "Lost phone, called back."})
    assert "Lost phone, called back." in letters_to(person.email)[-1].text
    assert office.submit(path, {"second-factor-reason": "Again."}).status_code == 422


def test_staff_are_made_and_withdrawn(app: Guerdon, office: PageClient, team: Team) -> None:
    theirs = sign_in_elsewhere(app, team.owner)
    assert theirs.get("/staff").status_code == 404
    assert office.submit(path_to(team.owner, "/staff-grants")).status_code == 303
    assert theirs.get("/staff").status_code == 200
    assert office.submit(path_to(team.owner, "/staff-grants")).status_code == 409
    assert office.submit(path_to(team.owner, "/staff-withdrawals")).status_code == 303
    assert theirs.get("/staff").status_code == 303
    assert office.submit(path_to(team.owner, "/staff-withdrawals")).status_code == 409
    assert [the_entry(f"staff.{did}").subject[1] for did in ("added", "removed")] == [str(team.owner)] * 2


def test_only_who_is_active_becomes_staff(office: PageClient) -> None:
    late = an_account("Late", status="pending_verification")
    assert "Make staff" not in office.page(path_to(late)).text
    assert office.submit(path_to(late, "/staff-grants")).status_code == 409


def test_one_leaves_staff_while_there_is_another(office: PageClient, stella: UUID) -> None:
    assert office.submit(path_to(stella, "/staff-withdrawals")).status_code == 303
    assert not account_of(stella).is_staff
    assert office.get("/staff").status_code == 303
    with unit_of_work():
        assert session.query(AccountSession).filter_by(account_id=stella, revoked_at=None).count() == 0


def test_the_last_of_staff_stays(client: PageClient) -> None:
    only = an_account("Only", is_staff=True)
    client.sign_in(only)
    page = client.page(path_to(only))
    assert "Nobody else runs this installation" in page.text
    assert "Suspend…" not in page.text
    assert client.submit(path_to(only, "/staff-withdrawals")).status_code == 409
    response = client.submit(path_to(only, "/suspensions"), {"suspension-reason": "Me."})
    assert response.status_code == 422
    assert account_of(only).is_staff
    assert account_of(only).status == "active"
