"""A colleague is invited, comes, is given another role, and goes."""

from tests.browser.conftest import MakeVisitor
from tests.browser.steps import follow_letter, go_to, sign_up, told
from tests.factories.workspaces import Team
from tests.support.visitor import Visitor, expect

GUEST = "otto.guest@example.org"


def test_a_colleague_comes_and_goes(a_visitor: MakeVisitor, team: Team) -> None:
    owner, guest = a_visitor().signed_in_as(team.owner), a_visitor()
    invite(owner, team)
    join(guest, team)
    give_role(owner, "Admin")
    guest.page.reload()
    go_to(guest, "Team")
    expect(guest.page.get_by_role("link", name="Invite somebody")).to_be_visible()
    remove(owner)
    with guest.expecting(404):
        guest.page.reload()
        expect(guest.page.locator("footer")).to_contain_text("404")
        guest.look()
    guest.page.get_by_role("link", name="Your workspaces").click()
    expect(guest.page.get_by_text("You belong to no workspace yet.")).to_be_visible()
    guest.look()


def invite(owner: Visitor, team: Team) -> None:
    page = owner.open(f"/w/{team.slug}/members")
    page.get_by_role("link", name="Invite somebody").click()
    expect(page.get_by_role("heading", level=1, name="Invite somebody")).to_be_visible()
    owner.look()
    page.get_by_label("E-mail address").fill(GUEST)
    page.get_by_role("radio", name="Member").check()
    page.get_by_role("button", name="Send invitation").click()
    told(owner, f"An invitation is on its way to {GUEST}.")
    expect(page.locator("#invited")).to_contain_text(GUEST)
    owner.look()


def join(guest: Visitor, team: Team) -> None:
    page = guest.open("/dev/mail")
    follow_letter(guest, GUEST, "/invites/")
    expect(page.get_by_role("heading", level=1, name="Join Tidepool Games")).to_be_visible()
    guest.look()
    page.get_by_role("link", name="Create an account").click()
    sign_up(guest, "Otto Guest", GUEST)
    expect(page.get_by_role("heading", level=1, name="Join Tidepool Games")).to_be_visible()
    guest.look()
    page.get_by_role("button", name="Join Tidepool Games").click()
    told(guest, "Welcome to Tidepool Games.")
    expect(page).to_have_url(f"{guest.site.address}/w/{team.slug}/")
    guest.look()


def give_role(owner: Visitor, role: str) -> None:
    page = owner.page
    go_to(owner, "Team")
    page.get_by_role("link", name="Otto Guest").click()
    expect(page.get_by_role("heading", level=1, name="Otto Guest")).to_be_visible()
    owner.look()
    page.get_by_role("radio", name=role).check()
    page.get_by_role("button", name="Save role").click()
    told(owner, "Otto Guest is admin now.")
    expect(page.locator("tr", has_text="Otto Guest")).to_contain_text(role)


def remove(owner: Visitor) -> None:
    page = owner.page
    page.get_by_role("link", name="Otto Guest").click()
    page.get_by_role("button", name="Remove…").click()
    dialog = page.get_by_role("dialog", name="Remove Otto Guest?")
    expect(dialog).to_be_visible()
    owner.look()
    dialog.get_by_role("button", name="Remove", exact=True).click()
    told(owner, "Otto Guest no longer belongs to the team.")
    expect(page.locator("tr", has_text="Otto Guest")).to_have_count(0)
    owner.look()
