"""The tenant and who belongs to it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.errors import explain
from app.core.models import Changing, Global, Tenant, choice, ref
from app.workspaces.platforms import PLATFORMS

ROLES = ("owner", "admin", "member", "viewer")
EXPIRES_SOON = timedelta(days=7)


class Workspace(Global, Changing):
    """Everything a developer owns lies in exactly one."""

    slug: Mapped[str]
    name: Mapped[str]
    company_name: Mapped[str | None]
    contact_person: Mapped[str | None]
    status: Mapped[str] = choice("active", "suspended", default="active")
    verified: Mapped[bool] = mapped_column(default=False)
    timezone: Mapped[str] = mapped_column(default="UTC")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("slug", name="workspace_slug_once"),
        Index("ix_workspace_slug_beginning", "slug", postgresql_ops={"slug": "text_pattern_ops"}),
        Index(
            "ix_workspace_name_beginning",
            literal_column("lower(name)").label("lowered"),
            postgresql_ops={"lowered": "text_pattern_ops"},
        ),
        CheckConstraint("slug ~ '^[a-z0-9](-?[a-z0-9]){1,39}$'", name="workspace_slug_form"),
        CheckConstraint("length(name) BETWEEN 1 AND 255", name="workspace_name_length"),
        CheckConstraint("length(company_name) <= 255", name="workspace_company_name_length"),
    )


class Membership(Global, Changing):
    """An account in a workspace, with a role."""

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.id"))
    role: Mapped[str] = choice(*ROLES)

    __table_args__ = (
        UniqueConstraint("account_id", "workspace_id", name="membership_once"),
        Index("ix_membership_workspace", "workspace_id", "role"),
    )


class TeamInvite(Global):
    """An invitation by e-mail to join a workspace."""

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.id"))
    email: Mapped[str]
    email_key: Mapped[str]
    role: Mapped[str] = choice(*ROLES)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    def has_expired(self, at: datetime) -> bool:
        return self.expires_at <= at

    __table_args__ = (
        Index(
            "team_invite_open_once",
            "workspace_id",
            "email_key",
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )


class StaffVisit(Global):
    """A member of staff acting inside somebody's workspace, for a stated reason and a limited time."""

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.id"), index=True)
    reason: Mapped[str]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("staff_visit_open_once", "account_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        CheckConstraint("length(reason) BETWEEN 1 AND 500", name="staff_visit_reason_length"),
    )


class App(Tenant, Changing):
    """A developer's game, app or site."""

    name: Mapped[str]
    identifier: Mapped[str]
    platform: Mapped[str] = choice(*PLATFORMS)
    status: Mapped[str] = choice("pending_review", "active", "suspended")
    domain: Mapped[str | None]
    is_test: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        UniqueConstraint("workspace_id", "platform", "identifier", name="app_identifier_once"),
        Index("ix_app_identifier_beginning", "identifier", postgresql_ops={"identifier": "text_pattern_ops"}),
        Index("ix_app_to_review", "id", postgresql_where=text("status = 'pending_review'")),
        CheckConstraint("length(name) BETWEEN 1 AND 255", name="app_name_length"),
        CheckConstraint("length(identifier) BETWEEN 1 AND 255", name="app_identifier_length"),
    )


class ApiKey(Tenant, Changing):
    """A credential of an app, or of the whole workspace when it names none."""

    app_id: Mapped[UUID | None] = ref("app", nullable=True)
    name: Mapped[str]
    kind: Mapped[str] = choice("publishable", "secret")
    prefix: Mapped[str]
    public_value: Mapped[str | None]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(default=list)
    origins: Mapped[list[str]] = mapped_column(default=list)
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    replaced_by: Mapped[UUID | None] = ref("api_key", nullable=True)

    __table_args__ = (
        UniqueConstraint("workspace_id", "prefix", name="api_key_prefix_once"),
        CheckConstraint("(kind = 'publishable') = (public_value IS NOT NULL)", name="api_key_secret_is_not_kept"),
        Index("ix_api_key_app", "workspace_id", "app_id"),
    )

    def state_at(self, at: datetime) -> str:
        """What has become of the key: active, expiring, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is None:
            return "active"
        if self.expires_at <= at:
            return "expired"
        return "expiring" if self.expires_at - at <= EXPIRES_SOON else "active"

    def is_live_at(self, at: datetime) -> bool:
        return self.state_at(at) in {"active", "expiring"}


explain("workspace_slug_once", "slug_taken", "This address is taken. Choose another.", field="slug")
explain(
    "workspace_slug_form",
    "slug_form",
    "Use 2 to 40 small letters, digits and single hyphens, such as tidepool-games.",
    field="slug",
    status=422,
)
explain("staff_visit_open_once", "visit_open", "You are visiting another workspace. End that visit first.")
explain("membership_once", "already_member", "This person already belongs to the workspace.", field="email")
explain(
    "membership_owner_remains",
    "last_owner",
    "A workspace needs at least one owner. Make somebody else an owner first.",
    field="role",
)
explain(
    "team_invite_open_once",
    "already_invited",
    "This address already has an open invitation. Send that one again, or withdraw it.",
    field="email",
)
explain(
    "app_identifier_once",
    "identifier_taken",
    "Another app of this workspace has this identifier on this platform.",
    field="identifier",
)
explain("app_decided_by_staff", "staff_only", "Only staff approve and reinstate apps.", status=403)
explain("api_key_revoked_is_final", "key_revoked", "A revoked key stays revoked. Make a new one.")
