"""The mailbox of an installation without a mail server: what would have been sent, for whoever sits at this machine."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select

from app.core.access import loopback
from app.core.db import session
from app.core.errors import Missing
from app.core.outbox_queries import messages
from app.core.tables import OutboxMessage
from app.core.tenancy import unit_of_work

SHOWN = 50
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)

blueprint = Blueprint("mailbox", __name__, url_prefix="/dev/mail")


@dataclass(frozen=True)
class Mail:
    id: UUID
    to: str
    status: str
    written_at: datetime
    subject: str
    text: str
    html: str


@blueprint.get("")
@loopback
def inbox() -> ResponseReturnValue:
    return render_template("dev/mailbox.html", mails=_read(messages().limit(SHOWN)))


@blueprint.get("/<uuid:message_id>")
@loopback
def letter(message_id: UUID) -> ResponseReturnValue:
    return render_template("dev/letter.html", mail=_one(message_id))


@blueprint.get("/<uuid:message_id>/html")
@loopback
def html(message_id: UUID) -> ResponseReturnValue:
    """The letter as its reader sees it: shut off from everything, but for its own style and links that leave."""
    page = _one(message_id).html
    response = Response(page.replace("<head>", '<head><base target="_blank">', 1), mimetype="text/html")
    response.headers["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'none'",
            f"style-src {_hashes(page)}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
            "sandbox allow-popups allow-popups-to-escape-sandbox",
        )
    )
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _hashes(page: str) -> str:
    digests = [hashlib.sha256(style.encode()).digest() for style in STYLE.findall(page)]
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests) or "'none'"


def _one(message_id: UUID) -> Mail:
    mails = _read(select(OutboxMessage).where(OutboxMessage.id == message_id))
    if not mails:
        raise Missing
    return mails[0]


def _read(query: Select[OutboxMessage]) -> Sequence[Mail]:
    # Letters lie in many workspaces, and whoever sits at this machine may read them all.
    with unit_of_work(role="staff"):
        found = session.scalars(query.where(OutboxMessage.channel == "email")).all()
        return [Mail(row.id, row.destination, row.status, row.created_at, **json.loads(row.payload)) for row in found]
