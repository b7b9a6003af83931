"""What the API takes and answers about people; the reference page is made from the words here."""

from collections.abc import Iterable
from datetime import UTC
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from app.core.listing import Cursor
from app.people import models
from app.people.models import LONGEST_ID
from app.people.words import traits_of
from app.workspaces.schemas import AppId, Moment

UserId = Annotated[
    str,
    Meta(
        description="The app's own id of its user, percent-encoded: whatever is not a letter, a digit or one of `-._~` "
        "is written as `%XX`, a slash as `%2F`.",
        examples=["u1"],
    ),
]
PersonId = Annotated[UUID, Meta(description="The person.", examples=["019e0b3c-9100-7b2a-8c1d-2d4f6a8b0c1e"])]


class Which(Cursor, kw_only=True, forbid_unknown_fields=True):
    """Which people are wanted."""

    user_id: (
        Annotated[str, Meta(min_length=1, max_length=LONGEST_ID, description="Only whoever is known by this user id.")]
        | None
    ) = None
    anonymous_id: (
        Annotated[str, Meta(min_length=1, max_length=LONGEST_ID, description="Only whose anonymous id this is.")] | None
    ) = None


class Person(Struct, kw_only=True):
    """Somebody who uses the app."""

    id: PersonId
    app_id: AppId
    user_id: Annotated[
        str | None, Meta(description="The app's own id of the user; null while anonymous.", examples=["u1"])
    ]
    user_ids: Annotated[
        list[str], Meta(description="All user ids that lead to this person: more than one after a merge.")
    ]
    anonymous_ids: Annotated[
        list[str], Meta(description="The anonymous ids that the person was seen by.", examples=[["anon-7"]])
    ]
    traits: Annotated[
        dict[str, Any],
        Meta(description="What was said of the person by identify.", examples=[{"name": "Ines", "plan": "pro"}]),
    ]
    country: Annotated[str | None, Meta(description="Two letters, where the person was last.", examples=["PT"])]
    platform: Annotated[str | None, Meta(description="What the person last used the app on.", examples=["iOS"])]
    first_seen_at: Moment
    last_seen_at: Moment

    @classmethod
    def of(cls, person: models.Person, user_ids: Iterable[str], anonymous_ids: Iterable[str]) -> "Person":
        return cls(
            id=person.id,
            app_id=person.app_id,
            user_id=person.external_id,
            user_ids=list(user_ids),
            anonymous_ids=list(anonymous_ids),
            traits=person.traits,
            country=person.country,
            platform=person.platform,
            first_seen_at=person.first_seen_at.astimezone(UTC),
            last_seen_at=person.last_seen_at.astimezone(UTC),
        )


class Source(Struct, kw_only=True):
    """Where a trait came from."""

    said_by: Literal["server", "browser"] | None
    said_at: Moment | None


class Export(Struct, kw_only=True):
    """Everything that is known of a person."""

    exported_at: Moment
    person: Person
    trait_sources: Annotated[
        dict[str, Source],
        Meta(
            description="Who said each trait, and when.",
            examples=[{"plan": {"said_by": "server", "said_at": "2026-11-20T09:00:00Z"}}],
        ),
    ]
    records: Annotated[
        dict[str, list[dict[str, Any]]],
        Meta(
            description="What the person did and has, by kind: `events`, `points` and so on, each newest first.",
            examples=[{"events": [{"name": "Level finished", "occurred_at": "2026-11-20T09:00:00Z"}]}],
        ),
    ]


class Erased(Struct, kw_only=True):
    """A person of whom nothing is known any more."""

    id: PersonId
    erased_at: Moment


def sources_of(person: models.Person) -> dict[str, Source]:
    """Who said what of a person."""
    return {
        trait.name: Source(
            said_by=None if trait.by_server is None else "server" if trait.by_server else "browser",
            said_at=trait.said_at,
        )
        for trait in traits_of(person)
    }
