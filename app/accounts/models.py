"""Logins: accounts, the sessions they are signed in with, second factors, and mailed tokens."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import Sealed
from app.core.errors import explain
from app.core.models import Changing, Global, choice


class Account(Global, Changing):
    """Somebody who can sign in."""

    # What Flask-Login asks of whoever is signed in.
    is_authenticated: ClassVar[bool] = True

    email: Mapped[str]
    email_key: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str | None]
    status: Mapped[str] = choice("pending_verification", "active", "inactive", "suspended")
    email_verified_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    last_login_ip: Mapped[str | None] = mapped_column(Sealed("account.last_login_ip"))
    locale: Mapped[str] = mapped_column(default="en")
    timezone: Mapped[str] = mapped_column(default="UTC")
    is_staff: Mapped[bool] = mapped_column(default=False)
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        Index("account_email_once", "email_key", unique=True, postgresql_where=text("deleted_at IS NULL")),
        Index("ix_account_email_beginning", "email_key", postgresql_ops={"email_key": "text_pattern_ops"}),
        CheckConstraint("status <> 'active' OR email_verified_at IS NOT NULL", name="account_active_is_verified"),
        CheckConstraint("length(email) <= 255", name="account_email_length"),
        CheckConstraint("length(name) BETWEEN 1 AND 255", name="account_name_length"),
    )


class AccountSession(Global):
    """One signed-in browser; the cookie carries the token, the row its hash."""

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    device: Mapped[str]
    ip: Mapped[str] = mapped_column(Sealed("account_session.ip"))
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]


class SecondFactor(Global):
    """A time-based one-time password; a step that was used once is not taken again."""

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), unique=True)
    secret: Mapped[str] = mapped_column(Sealed("second_factor.secret"))
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(Global):
    """One way in when the second factor is lost, good once."""

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    used_at: Mapped[datetime | None]


class AccountToken(Global):
    """A link sent by mail: to verify an address, change it, or set a new password."""

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    purpose: Mapped[str] = choice("verify_email", "change_email", "reset_password")
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    email: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


explain(
    "account_email_once",
    "email_taken",
    "This address already has an account. Sign in, or use another address.",
    field="email",
)
