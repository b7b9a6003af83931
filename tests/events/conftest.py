"""The workspace, app and callers of the API's tests, for tests of events too."""

from tests.api.conftest import a_caller, app_id, caller, workspace_id

__all__ = ["a_caller", "app_id", "caller", "workspace_id"]
