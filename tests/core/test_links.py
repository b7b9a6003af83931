"""A public link leads to its target and to nothing else."""

import pytest

from app.core.errors import Missing
from app.core.ids import new_id
from app.core.links import follow_link, make_link
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.factories.workspaces import a_workspace


def test_a_link_is_found_without_knowing_the_workspace(app: Guerdon) -> None:
    workspace_id, target = a_workspace(), new_id()
    with unit_of_work(workspace_id):
        slug = make_link("invitation", target)
    with unit_of_work():
        link = follow_link("invitation", slug)
        assert (link.workspace_id, link.target_id) == (workspace_id, target)


def test_a_link_of_another_kind_is_not_found(app: Guerdon) -> None:
    with unit_of_work(a_workspace()):
        slug = make_link("invitation", new_id())
        with pytest.raises(Missing):
            follow_link("campaign", slug)
