"""What the API takes and answers about keys and apps; the reference page is made from the words here."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from app.workspaces import models
from app.workspaces.platforms import LABELS, PLATFORMS

AppId = Annotated[UUID, Meta(description="The app.", examples=["019e0b3c-7f00-7a64-b0a5-0c2f6d3f8e11"])]
KeyId = Annotated[UUID, Meta(description="The key.", examples=["019e0b3c-8a10-7f3e-9a55-5a3f3d1f2b77"])]
WorkspaceId = Annotated[UUID, Meta(description="The workspace.", examples=["019e0b3c-6b20-7c11-8f4e-2f7f5a9d0c42"])]
AppName = Annotated[
    str, Meta(min_length=1, max_length=255, description="What people call the app.", examples=["Tidepool"])
]
Platform = Annotated[
    str, Meta(description="Where the app lives.", examples=["iOS"], extra_json_schema={"enum": LABELS})
]
Identifier = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=255,
        description="What the platform calls the app: a bundle ID (iOS, MacOS), package name (Android), package family "
        "name or product ID (Windows), app ID (Steam), product ID (Epic), or domain (Web).",
        examples=["com.example.tidepool"],
    ),
]
Domain = Annotated[str, Meta(max_length=255, description="The app's website.", examples=["tidepool.example"])]
IsTest = Annotated[
    bool,
    Meta(description="A test app does everything, and nothing of it counts. Fixed when the app is made."),
]
Status = Annotated[
    Literal["pending_review", "active", "suspended"],
    Meta(description="A suspended app's keys are refused.", examples=["active"]),
]
Moment = Annotated[datetime, Meta(tz=True, description="In UTC.", examples=["2026-11-20T09:00:00Z"])]


class NewApp(Struct, kw_only=True, forbid_unknown_fields=True):
    """An app to register."""

    name: AppName
    platform: Platform
    identifier: Identifier
    domain: Domain | None = None
    is_test: IsTest = False


class App(Struct, kw_only=True):
    """A game, app or site of the workspace."""

    id: AppId
    name: AppName
    platform: Platform
    identifier: Identifier
    domain: Domain | None
    status: Status
    is_test: IsTest
    created_at: Moment

    @classmethod
    def of(cls, app: models.App) -> "App":
        return cls(
            id=app.id,
            name=app.name,
            platform=PLATFORMS[app.platform].label,
            identifier=app.identifier,
            domain=app.domain,
            status=app.status,  # type: ignore[arg-type]
            is_test=app.is_test,
            created_at=app.created_at.astimezone(UTC),
        )


class KeyOfCaller(Struct, kw_only=True):
    """The key that made this call."""

    id: KeyId
    name: Annotated[str, Meta(description="What the team calls it.", examples=["Game server"])]
    prefix: Annotated[str, Meta(description="The part of it that lists show.", examples=["Zk3v9QpA"])]
    scopes: Annotated[list[str], Meta(description="What it may do.", examples=[["events", "read", "manage"]])]
    created_at: Moment
    expires_at: Annotated[Moment | None, Meta(description="When it ends, if it does.", examples=[None])]


class AppOfCaller(Struct, kw_only=True):
    """The app that this call speaks for."""

    id: AppId
    name: AppName
    platform: Platform
    status: Status
    is_test: IsTest


class WorkspaceOfCaller(Struct, kw_only=True):
    """The workspace that the key belongs to."""

    id: WorkspaceId
    slug: Annotated[str, Meta(description="Its address in the portal.", examples=["tidepool"])]
    name: Annotated[str, Meta(description="What people call it.", examples=["Tidepool Games"])]


class Me(Struct, kw_only=True):
    """Who is calling."""

    key: KeyOfCaller
    app: AppOfCaller | None
    workspace: WorkspaceOfCaller
