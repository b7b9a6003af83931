"""Without a mouse: skip the frame, search from anywhere, open and close what opens."""

from tests.factories.workspaces import Team, an_app
from tests.support.visitor import Visitor, expect


def test_the_frame_is_skipped(visitor: Visitor, team: Team) -> None:
    page = visitor.signed_in_as(team.owner).open(f"/w/{team.slug}/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the page")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_search_goes_anywhere(visitor: Visitor, team: Team) -> None:
    an_app(team.workspace_id, "Moonrise")
    page = visitor.signed_in_as(team.owner).open(f"/w/{team.slug}/")
    palette = page.get_by_role("dialog", name="Search")
    page.keyboard.press("Control+k")
    expect(palette.get_by_role("combobox")).to_be_focused()
    visitor.look()
    page.keyboard.type("moon")
    expect(palette.get_by_role("option").first).to_contain_text("Moonrise")
    visitor.look()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Moonrise")).to_be_visible()
    expect(palette).to_be_hidden()

    page.keyboard.press("Control+k")
    expect(palette.get_by_role("option").nth(2)).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(palette.get_by_role("option").nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.type("nothing like it")
    expect(palette).to_contain_text("Nothing")
    visitor.look()


def test_search_closes_and_gives_the_focus_back(visitor: Visitor, team: Team) -> None:
    page = visitor.signed_in_as(team.owner).open(f"/w/{team.slug}/apps")
    opener = page.locator(".rail").get_by_role("link", name="Search")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Search")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Search")).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_dialog_closes_and_gives_the_focus_back(visitor: Visitor, team: Team) -> None:
    page = visitor.signed_in_as(team.owner).open(f"/w/{team.slug}/settings")
    opener = page.get_by_role("button", name="Leave this workspace…")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    visitor.look()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_menu_closes_and_gives_the_focus_back(visitor: Visitor, team: Team) -> None:
    page = visitor.signed_in_as(team.owner).open(f"/w/{team.slug}/")
    opener = page.locator(".rail").get_by_role("button", name="account menu")
    opener.focus()
    page.keyboard.press("Enter")
    sign_out = page.locator("#rail-account").get_by_role("button", name="Sign out")
    expect(sign_out).to_be_visible()
    visitor.look()
    page.keyboard.press("Escape")
    expect(sign_out).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_focus_is_always_seen(visitor: Visitor, team: Team) -> None:
    page = visitor.signed_in_as(team.owner).open(f"/w/{team.slug}/apps/new")
    page.get_by_role("link", name="Skip to the page").focus()
    unseen, steps = [], 0
    while steps < 60:
        page.keyboard.press("Tab")
        seen = page.evaluate(OUTLINE)
        if seen is None:
            break
        steps += 1
        if not seen["marked"]:
            unseen.append(seen["what"])
    assert steps > 10
    assert not unseen


# Whether the element that has the focus, or what stands for it, is marked; nothing once the focus left the page.
OUTLINE = """
() => {
  const marked = (element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  };
  const focused = document.activeElement;
  if (!focused || focused === document.body) return null;
  const places = [focused, focused.parentElement, focused.closest("label"), focused.closest(".control-frame")];
  return { what: focused.outerHTML.slice(0, 120), marked: places.some((place) => place && marked(place)) };
}
"""
