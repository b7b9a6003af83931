"""Points are granted, spent too many of, and given back, at a desk and on a phone."""

import pytest

from tests.browser.conftest import MakeVisitor
from tests.browser.steps import told
from tests.factories.points import having_spent, with_points
from tests.factories.workspaces import Team, an_app
from tests.support.visitor import DESKTOP, PHONE, Visitor, expect


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_points_come_and_go(a_visitor: MakeVisitor, team: Team, screen: dict[str, int]) -> None:
    app_id = an_app(team.workspace_id)
    member = a_visitor(viewport=screen).signed_in_as(team.members["member"])
    begin(member, team)
    ada = with_points(team.workspace_id, app_id, "ada", 100)
    having_spent(team.workspace_id, app_id, "ada", 40)
    take_too_many(member, f"/w/{team.slug}/people/{ada}")
    give_back(member, f"/w/{team.slug}/points")


def begin(member: Visitor, team: Team) -> None:
    """From the empty page to the first points, for somebody never seen."""
    page = member.open(f"/w/{team.slug}/points")
    page.get_by_role("link", name="Grant points").click()
    expect(page.get_by_role("heading", level=1, name="Grant points")).to_be_visible()
    page.get_by_label("User id").fill("first")
    page.get_by_label("Points", exact=True).fill("1,000")
    page.get_by_label("Reason").fill("Found the treasure")
    with member.expecting(422):
        page.get_by_role("button", name="Grant points").click()
        expect(page.locator("#user_id-error")).to_contain_text("never saw anybody")
        member.look()
    page.get_by_label("Grant them all the same").check()
    page.get_by_role("button", name="Grant points").click()
    told(member, "first has 1,000 points more.")
    expect(page.get_by_role("heading", level=1, name="+1,000 points")).to_be_visible()
    member.look()


def take_too_many(member: Visitor, path: str) -> None:
    """From a person's page: more than there is, then what there is."""
    page = member.open(path)
    page.get_by_role("link", name="Take points").click()
    expect(page.get_by_role("heading", level=1, name="Take points from ada")).to_be_visible()
    page.get_by_label("Points", exact=True).fill("61")
    page.get_by_label("Reason").fill("Bought by phone")
    with member.expecting(422):
        page.get_by_role("button", name="Take points").click()
        expect(page.locator("#amount-error")).to_contain_text("Only 60 points can be spent.")
        member.look()
    page.get_by_label("Points", exact=True).fill("60")
    page.get_by_role("button", name="Take points").click()
    told(member, "ada has 60 points less.")


def give_back(member: Visitor, path: str) -> None:
    """The latest spend, by the dialog on its page."""
    page = member.open(path)
    page.locator("#latest").get_by_role("link", name="Spent").first.click()
    expect(page.get_by_role("heading", level=1, name="−60 points")).to_be_visible()
    page.get_by_role("button", name="Give back…").click()
    dialog = page.get_by_role("dialog", name="Give 60 points back to ada?")
    expect(dialog).to_contain_text("60 points go back to ada, who then has 60.")
    member.look()
    dialog.get_by_role("button", name="Give back").click()
    told(member, "Given back: 60 points.")
    expect(page.get_by_text("This transaction was given back")).to_be_visible()
    expect(page.get_by_role("button", name="Give back…")).to_have_count(0)
    member.look()
