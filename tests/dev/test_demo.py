"""The demo is made by the real operations, once."""

from sqlalchemy import func, select

from app import cli
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.dev.demo import SLUG, make_demo
from app.factory import Guerdon
from app.workspaces.models import ApiKey, App, Workspace


def test_the_demo_can_be_signed_in_to_and_is_made_once(app: Guerdon) -> None:
    made = make_demo()
    client = app.test_client()
    answer = client.submit("/sign-in", {"email": made.email, "password": made.password})
    assert answer.status_code == 303
    assert "Tidepool Games" in client.page(f"/w/{SLUG}/").text
    with unit_of_work():
        workspace_id = session.scalar(select(Workspace.id).filter_by(slug=SLUG))
    with unit_of_work(workspace_id):
        assert session.scalar(select(func.count()).select_from(App)) == 4
        assert session.scalar(select(func.count()).select_from(ApiKey)) == 9
    cli.register(app)
    again = app.test_cli_runner().invoke(args=["demo"])
    assert "there already" in again.output
