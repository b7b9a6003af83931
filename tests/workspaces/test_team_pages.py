"""The team's pages: who sees them, who changes what."""

import pytest

from tests.factories.workspaces import a_team
from tests.support.pages import PageClient


@pytest.mark.parametrize("page", ["", "members", "settings", "activity", "notifications", "search?q=in", "invitations/new"])
def test_smoke(client: PageClient, page: str) -> None:
    team = a_team()
    client.sign_in(team.owner)
    print(client.page(f"/w/{team.slug}/{page}").text)
