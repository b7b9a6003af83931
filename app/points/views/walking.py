"""Entries page by page, newest first, from a transaction on; and all of them, for files."""

from collections.abc import Iterator, Sequence
from typing import Protocol
from uuid import UUID

from flask import request

from app.core.components import here
from app.core.db import session
from app.core.ids import parse_id
from app.core.pages import SIZE, Page
from app.ledger.entries import Entry

CHUNK = 500


class Walk(Protocol):
    """Reads a part of a list: the newest below one transaction, or the nearest above another."""

    def __call__(self, *, most: int, before: UUID | None = None, after: UUID | None = None) -> list[Entry]: ...


def page_of_entries(walk: Walk) -> Page:
    """The page below `?before=` or above `?after=` a transaction."""
    before, after = parse_id(request.args.get("before", "")), parse_id(request.args.get("after", ""))
    if after and not before:
        found = walk(most=SIZE + 1, after=after)
        if len(found) > SIZE:
            return _page(found[-SIZE:], newer=True, older=True)
    found = walk(most=SIZE + 1, before=before)
    return _page(found[:SIZE], newer=before is not None, older=len(found) > SIZE)


def whole(walk: Walk) -> Iterator[list[Entry]]:
    """All of it, some hundred at a time."""
    before: UUID | None = None
    while found := walk(most=CHUNK, before=before):
        yield found
        before = found[-1].id
        session.expunge_all()


def _page(entries: Sequence[Entry], *, newer: bool, older: bool) -> Page:
    return Page(
        entries,
        previous_url=here(after=entries[0].id) if newer and entries else None,
        next_url=here(before=entries[-1].id) if older else None,
    )
