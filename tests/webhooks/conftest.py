"""A workspace, a developer's server on this machine, and an endpoint that leads there."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from uuid import UUID

import pytest

from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.webhooks.operations.endpoints import make_endpoint
from app.webhooks.types import TYPES
from tests.factories.workspaces import Team, a_team
from tests.support.hook_server import Hooks, hook_server

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def allow_loopback(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> Guerdon:
    monkeypatch.setattr(app, "settings", replace(app.settings, outgoing_networks=LOOPBACK))
    return app


@pytest.fixture
def calling(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> Guerdon:
    """The application, which may call this machine."""
    return allow_loopback(app, monkeypatch)


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with hook_server() as server:
        yield server


@pytest.fixture
def team(calling: Guerdon) -> Team:
    return a_team()


@pytest.fixture
def endpoint_id(team: Team, hooks: Hooks) -> UUID:
    return an_endpoint(team.workspace_id, hooks.url())


def an_endpoint(workspace_id: UUID, url: str, *types: str) -> UUID:
    with unit_of_work(workspace_id):
        return make_endpoint(url=url, types=types or TYPES, description="Game server").id
