"""Whoever uses an app, and the anonymous ids they are known by."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.errors import explain
from app.core.models import Changing, Tenant, ref

LONGEST_ID = 255


class Person(Tenant, Changing):
    """Somebody who uses an app: known by the app's own user id, or so far by anonymous ids alone."""

    app_id: Mapped[UUID] = ref("app")
    external_id: Mapped[str | None]
    # When an alias call last gave the person this id; of two joined people, the id named later is shown.
    named_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    country: Mapped[str | None]
    platform: Mapped[str | None]
    traits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # For each trait, also for a removed one, [1 by a server or 0 by a browser, when in microseconds], so that the
    # order of arrival does not matter; the same for `country` and `platform`.
    trait_sources: Mapped[dict[str, Any]] = mapped_column(default=dict)
    place_sources: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # What the person would be without the anonymous ids that joined: kept where some did, since a claim that arrives
    # later may take one of them away.
    own_profile: Mapped[dict[str, Any] | None]
    # The traits `name` and `email` as search compares them.
    name_key: Mapped[str | None]
    email_key: Mapped[str | None]
    merged_into: Mapped[UUID | None] = ref("person", nullable=True)
    erased_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("workspace_id", "app_id", "external_id", name="person_external_id_once"),
        CheckConstraint(f"length(external_id) BETWEEN 1 AND {LONGEST_ID}", name="person_external_id_length"),
        CheckConstraint("merged_into <> id", name="person_not_merged_into_itself"),
        CheckConstraint("first_seen_at <= last_seen_at", name="person_seen_in_order"),
        CheckConstraint(
            "erased_at IS NULL OR (external_id IS NULL AND name_key IS NULL AND email_key IS NULL AND traits = '{}' "
            "AND trait_sources = '{}' AND own_profile IS NULL)",
            name="person_erased_has_no_traits",
        ),
        # A list is put together from these two for each app, so that no filter has to look past rows.
        *(
            Index(
                f"ix_person_{kind}",
                *("workspace_id", "app_id", "last_seen_at", "id"),
                postgresql_where=text(f"merged_into IS NULL AND erased_at IS NULL AND external_id IS {known}"),
            )
            for kind, known in (("known", "NOT NULL"), ("anonymous", "NULL"))
        ),
        Index(
            "ix_person_app",
            *("workspace_id", "app_id", "id"),
            postgresql_where=text("merged_into IS NULL AND erased_at IS NULL"),
        ),
        Index("ix_person_merged_into", "workspace_id", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        *(
            Index(f"ix_person_{column}", "workspace_id", column, postgresql_ops={column: "text_pattern_ops"})
            for column in ("external_id", "name_key", "email_key")
        ),
    )

    @property
    def is_known(self) -> bool:
        return self.external_id is not None


class PersonAlias(Tenant, Changing):
    """An anonymous id, and whose it is."""

    app_id: Mapped[UUID] = ref("app")
    alias: Mapped[str]
    person_id: Mapped[UUID] = ref("person")
    # The anonymous person that was made for this id, whoever it belongs to by now.
    origin_id: Mapped[UUID | None] = ref("person", nullable=True)
    # When the id was first used together with a user id, and with which: of two claims the smaller pair holds.
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("workspace_id", "app_id", "alias", name="person_alias_once"),
        CheckConstraint(f"length(alias) BETWEEN 1 AND {LONGEST_ID}", name="person_alias_length"),
        CheckConstraint("(claimed_at IS NULL) = (claimed_by IS NULL)", name="person_alias_claimed_by_somebody"),
        Index("ix_person_alias_person", "workspace_id", "person_id"),
        Index("ix_person_alias_beginning", "workspace_id", "alias", postgresql_ops={"alias": "text_pattern_ops"}),
    )


class AwaitedPerson(Tenant):
    """A server said that a user id is the former one of a person, and nobody was seen by it so far."""

    app_id: Mapped[UUID] = ref("app")
    former_id: Mapped[str]
    user_id: Mapped[str]

    __table_args__ = (
        UniqueConstraint("workspace_id", "app_id", "former_id", "user_id", name="awaited_person_once"),
        CheckConstraint(f"length(former_id) BETWEEN 1 AND {LONGEST_ID}", name="awaited_person_former_id_length"),
    )


explain(
    "fk_person_workspace_id_app_id",
    "app_has_people",
    "This app has people and what they did, so it stays. To shut it, revoke its keys.",
)
