"""Events are watched as they arrive, opened, sent by hand, and tried again."""

import re

from tests.browser.conftest import MakeVisitor
from tests.browser.steps import told
from tests.factories.events import a_failure, an_event
from tests.factories.workspaces import Team, an_app
from tests.support.visitor import PHONE, Visitor, expect


def test_events_appear_by_themselves_and_wait_while_somebody_reads(visitor: Visitor, team: Team) -> None:
    app_id = an_app(team.workspace_id)
    page = visitor.signed_in_as(team.owner).open(f"/w/{team.slug}/events/live")
    newest = page.locator("#live tbody tr").first
    page.mouse.move(0, 0)
    an_event(team.workspace_id, app_id, "first_light", properties={"level": 1})
    expect(newest).to_contain_text("first_light")
    expect(newest).to_contain_text("Processed")
    newest.hover()
    expect(page.get_by_text("Waits while you read")).to_be_visible()
    an_event(team.workspace_id, app_id, "second_dawn")
    newest.get_by_role("link", name="first_light").click()
    expect(page.locator("#opened")).to_contain_text("A new person")
    expect(newest).to_contain_text("first_light")
    visitor.look()
    page.get_by_role("link", name="Back to what arrives").click()
    expect(newest).to_contain_text("second_dawn")


def test_a_test_event_is_sent_and_followed(visitor: Visitor, team: Team) -> None:
    an_app(team.workspace_id)
    page = visitor.signed_in_as(team.members["member"]).open(f"/w/{team.slug}/events/live")
    page.get_by_role("link", name="Send a test event").first.click()
    page.get_by_label("Event name").fill("level_completed")
    page.get_by_label("User id").fill("u1")
    page.get_by_label("Properties").fill('{"level": }')
    page.get_by_label("User id").focus()
    expect(page.get_by_text("This is not JSON: Expecting value at line 1, column 11.")).to_be_visible()
    visitor.look()
    page.get_by_label("Properties").fill('{"level": 3}')
    page.get_by_role("button", name="Send").click()
    told(visitor, "Sent. Here is what becomes of it.")
    expect(page.locator("#outcome")).to_contain_text("A new person")
    visitor.look()


def test_failures_are_ticked_and_tried_again(a_visitor: MakeVisitor, team: Team) -> None:
    app_id = an_app(team.workspace_id)
    for number in range(3):
        a_failure(team.workspace_id, app_id, name=f"sale_{number}", user_id=f"u{number}")
    visitor = a_visitor(viewport=PHONE).signed_in_as(team.owner)
    page = visitor.open(f"/w/{team.slug}/events/failures")
    page.get_by_role("checkbox", name="sale_1").check()
    page.get_by_role("button", name="Try again", exact=True).click()
    told(visitor, "One event is tried again.")
    expect(page.locator("#shelf tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Try all again…").click()
    page.get_by_role("dialog").get_by_role("button", name="Try all again").click()
    expect(page.get_by_text("Nothing failed")).to_be_visible()
    page.goto(f"/w/{team.slug}/events/failures?state=settled")
    expect(page.locator("#shelf").get_by_text(re.compile("^Worked off$"))).to_have_count(3)
    visitor.look()
