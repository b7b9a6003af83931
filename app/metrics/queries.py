"""What was counted, read inside the scope of a workspace."""

from sqlalchemy import text

from app.core.db import session
from app.core.tenancy import required_workspace


def timezone_here() -> str:
    """The time zone of the current workspace."""
    return str(session.execute(_TIMEZONE, {"here": required_workspace()}).scalar_one())


# Workspaces are a feature above; all that is needed of them is one column.
_TIMEZONE = text("SELECT timezone FROM workspace WHERE id = :here")
