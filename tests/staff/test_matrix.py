"""Every address of the back office: wrong methods, things that do not exist, and junk.

That strangers are asked to sign in and all others find nothing is tried in tests/architecture/test_denial.py.
"""

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule

from app.factory import create_app
from tests.support.pages import PageClient
from tests.support.servers import offline_settings

pytestmark = pytest.mark.thorough

NOTHING = "01900000-0000-7000-8000-00000000dead"


def the_rules() -> list[Rule]:
    rules = create_app(offline_settings()).url_map.iter_rules()
    return sorted((rule for rule in rules if rule.endpoint.startswith("staff.")), key=lambda rule: rule.rule)


RULES = the_rules()


def path_to(rule: Rule) -> str:
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<uuid:{name}>", NOTHING).replace(f"<{name}>", NOTHING)
    return path


def rules(*, post: bool | None = None, things: bool | None = None) -> pytest.MarkDecorator:
    found = [
        rule
        for rule in RULES
        if (post is None or ("POST" in (rule.methods or ())) == post)
        and (things is None or bool(rule.arguments) == things)
    ]
    return pytest.mark.parametrize("rule", found, ids=[rule.rule for rule in found])


@rules(post=True, things=True)
def test_what_is_posted_to_cannot_be_opened(office: PageClient, rule: Rule) -> None:
    assert office.get(path_to(rule)).status_code == 405


@rules(post=False)
def test_what_is_opened_cannot_be_posted_to(office: PageClient, rule: Rule) -> None:
    assert office.submit(path_to(rule)).status_code == 405


@rules(things=True)
def test_what_does_not_exist_is_not_found(office: PageClient, rule: Rule) -> None:
    path = path_to(rule)
    response = office.submit(path, {"reason": "x"}) if "POST" in (rule.methods or ()) else office.get(path)
    assert response.status_code == 404


@rules(post=True)
def test_nothing_is_done_for_a_form_of_another_site(office: PageClient, rule: Rule) -> None:
    assert office.post(path_to(rule)).status_code == 419


JUNK = st.text(max_size=40) | st.sampled_from(["-1", "99999999999999999999", "0001-01-01", "9999-12-31", NOTHING])
NAMES = ("q", "page", "sort", "status", "state", "staff", "verified", "platform", "channel", "before", "after", "kind")
NAMES += ("actor", "action", "workspace", "subject", "since", "until", "format")


@rules(post=False, things=False)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.dictionaries(st.sampled_from(NAMES), JUNK, max_size=6))
def test_junk_in_the_address_breaks_nothing(office: PageClient, rule: Rule, query: dict[str, str]) -> None:
    # Past the page client, which would find fault with an echo of what no browser sends.
    response = FlaskClient.open(office, path_to(rule), query_string=query)
    assert response.status_code in {200, 400, 422}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.sampled_from(["sign_up_open", "review_new_apps", "contact_email"]), st.text()))
def test_junk_in_the_settings_breaks_nothing(office: PageClient, values: dict[str, str]) -> None:
    response = FlaskClient.open(
        office, "/staff/settings", method="POST", data={"csrf_token": office.csrf_token(), **values}
    )
    assert response.status_code in {303, 400, 422}
