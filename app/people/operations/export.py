"""Everything that is known of a person, as one file."""

from collections.abc import Iterator
from itertools import chain
from typing import Any
from uuid import UUID

import msgspec

from app.core import panels
from app.core.audit import record
from app.core.clock import now
from app.people import schemas
from app.people.models import Person
from app.people.queries.people import names_of

# Amid text that is written bit by bit: the beginning of an Export, up to its records.
HEAD_ENDS = -len(b"{}}")


def export_person(person: Person) -> Iterator[bytes]:
    """The JSON of an Export, bit by bit, however much there is; that it was taken stands in the log."""
    record("person.exported", "person", person.id)
    names = names_of(person.id)
    head = schemas.Export(
        exported_at=now(),
        person=schemas.Person.of(person, names.user_ids, names.anonymous_ids),
        trait_sources=schemas.sources_of(person),
        records={},
    )
    return _written(msgspec.json.encode(head), person.id)


def _written(head: bytes, person_id: UUID) -> Iterator[bytes]:
    yield head[:HEAD_ENDS] + b"{"
    for number, export in enumerate(panels.person_exports):
        yield (b"," if number else b"") + msgspec.json.encode(export.name) + b":["
        yield from _listed(iter(export.items(person_id)))
        yield b"]"
    yield b"}}"


def _listed(items: Iterator[Any]) -> Iterator[bytes]:
    first = next(items, None)
    if first is not None:
        yield b"\n" + msgspec.json.encode(first)
        yield from chain.from_iterable((b",\n", msgspec.json.encode(item)) for item in items)
