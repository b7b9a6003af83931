"""The letters that the application would have sent."""

import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select

from app.core.db import session
from app.core.tables import OutboxMessage
from app.core.tenancy import unit_of_work


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str

    @property
    def link(self) -> str:
        """The path of the first link of ours in it."""
        found = re.search(r"https?://\S+", self.text)
        assert found, self.text
        parts = urlsplit(found[0])
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


def letters_to(address: str) -> list[Letter]:
    """All letters to this address, the oldest first."""
    with unit_of_work(role="staff"):
        rows = session.scalars(select(OutboxMessage).where(OutboxMessage.channel == "email").order_by(OutboxMessage.id))
        return [Letter(**json.loads(row.payload)) for row in rows if row.destination == address]
