"""A workspace with keys, and a client that calls with one of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.workspaces.models import App
from app.workspaces.operations.keys import make_publishable_key, make_secret_key
from app.workspaces.queries.apps import app_by_id
from app.workspaces.scopes import SCOPES
from tests.factories.workspaces import a_workspace, an_app


@dataclass(frozen=True)
class Caller:
    """Calls /v1 with one key."""

    client: FlaskClient
    key: str
    key_id: UUID

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._call("GET", path, options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self._call("POST", path, {"json": body, **options} if body is not None else options)

    def _call(self, method: str, path: str, options: dict[str, Any]) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **options)


MakeCaller = Callable[..., Caller]


@pytest.fixture
def workspace_id(app: Guerdon) -> UUID:
    return a_workspace("tidepool")


@pytest.fixture
def app_id(workspace_id: UUID) -> UUID:
    return an_app(workspace_id)


@pytest.fixture
def a_caller(app: Guerdon) -> MakeCaller:
    """`a_caller(workspace_id, app_id)` calls with a fresh secret key of every scope, or as told."""

    def make(workspace_id: UUID, app_id: UUID | None = None, *, kind: str = "secret", **options: Any) -> Caller:
        with unit_of_work(workspace_id):
            bound: App | None = app_by_id(app_id) if app_id else None
            if kind == "publishable":
                minted = make_publishable_key("Website", bound)
            else:
                minted = make_secret_key("Game server", bound, options.pop("scopes", SCOPES), **options)
            return Caller(app.test_client(), minted.text, minted.key.id)

    return make


@pytest.fixture
def caller(a_caller: MakeCaller, workspace_id: UUID) -> Caller:
    """Calls with a key of the whole workspace."""
    return a_caller(workspace_id)
