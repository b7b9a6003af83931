"""What staff decided for the whole installation: one row a key, known keys only."""

from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.audit import record
from app.core.db import session
from app.core.tables import PlatformSetting


class PlatformSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting with the value it has until staff choose another."""

    sign_up_open: bool = True
    review_new_apps: bool = False
    contact_email: str = ""


def platform_settings() -> PlatformSettings:
    """The settings as they are now."""
    rows = session.execute(select(PlatformSetting.key, PlatformSetting.value))
    # A key of a version that is no longer installed is passed over.
    known = {key: value["value"] for key, value in rows if key in PlatformSettings.__struct_fields__}
    return msgspec.convert(known, PlatformSettings)


def change_platform_settings(**wanted: Any) -> PlatformSettings:
    """Choose other values for some settings; returns all of them. The log keeps what stood there before."""
    before = platform_settings()
    after = msgspec.convert({**msgspec.to_builtins(before), **wanted}, PlatformSettings)
    changes = {
        key: [getattr(before, key), getattr(after, key)]
        for key in wanted
        if getattr(before, key) != getattr(after, key)
    }
    for key, (_, value) in changes.items():
        row = insert(PlatformSetting).values(key=key, value={"value": value})
        session.execute(
            row.on_conflict_do_update(index_elements=[PlatformSetting.key], set_={"value": row.excluded.value})
        )
    if changes:
        record("platform_settings.changed", "platform", "settings", changes=changes)
    return after
