"""A workspace's audit log, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Select, Uuid, bindparam, func, select, union_all

from app.accounts.models import Account
from app.core.db import session
from app.core.ids import parse_id
from app.core.tables import AuditEntry
from app.core.tenancy import required_workspace
from app.workspaces.models import ApiKey, TeamInvite

# A row of the log, or as many of its columns as LINE names.
Entry = Any
Names = dict[UUID | None, str]

CHUNK = 500
LINE = ("id", "created_at", "actor_kind", "actor_id", "action", "subject_kind", "subject_id", "details")

# What each action is called in a sentence that begins with who did it.
WORDS = {
    "workspace.created": "created the workspace",
    "workspace.changed": "changed the settings",
    "workspace.moved": "changed the workspace’s address",
    "workspace.deleted": "deleted the workspace",
    "workspace.restored": "restored the workspace",
    "workspace.verified": "verified the workspace",
    "workspace.verification_withdrawn": "withdrew the verification",
    "workspace.suspended": "suspended the workspace",
    "workspace.reinstated": "reinstated the workspace",
    "member.added": "added a member",
    "member.role_changed": "changed a role",
    "member.removed": "removed a member",
    "member.left": "left the team",
    "ownership.handed_over": "handed the workspace over",
    "invite.sent": "sent an invitation",
    "invite.sent_again": "sent an invitation again",
    "invite.withdrawn": "withdrew an invitation",
    "invite.accepted": "accepted an invitation",
    "app.registered": "registered an app",
    "app.changed": "changed an app",
    "app.deleted": "deleted an app",
    "app.approved": "approved an app",
    "app.suspended": "suspended an app",
    "app.reinstated": "reinstated an app",
    "points.granted": "granted points",
    "points.taken": "took points",
    "points.given_back": "gave points back",
    "points.taken_back": "took points back",
    "key.made": "made a key",
    "key.changed": "changed a key",
    "key.rotated": "rotated a key",
    "key.revoked": "revoked a key",
    "webhook.made": "made a webhook endpoint",
    "webhook.changed": "changed a webhook endpoint",
    "webhook.secret_rotated": "rotated the secret of a webhook endpoint",
    "webhook.secret_shown": "looked at the secret of a webhook endpoint",
    "webhook.enabled": "enabled a webhook endpoint",
    "webhook.disabled": "disabled a webhook endpoint",
    "webhook.deleted": "deleted a webhook endpoint",
    "webhook.tested": "sent a test to a webhook endpoint",
    "webhook.resent": "sent a webhook message again",
    "webhook.failed_resent": "sent all failed webhook messages again",
    "person.exported": "exported a person",
    "person.erased": "erased a person",
    "people.exported": "exported a list of people",
    "event.tested": "sent a test event",
    "event.retried": "tried a failed event again",
    "events.retried": "tried failed events again",
    "visit.began": "began a visit",
    "visit.ended": "ended a visit",
}
SUBJECTS = {
    "app": "Apps",
    "key": "Keys",
    "webhook": "Webhooks",
    "person": "People",
    "event": "Events",
    "account": "Members",
    "invite": "Invitations",
    "workspace": "Workspace",
    "visit": "Visits",
}


@dataclass(frozen=True)
class Line:
    """One entry as people read it."""

    entry: Entry
    who: str
    did: str
    what: str
    more: str

    @property
    def by_staff(self) -> bool:
        return bool(self.entry.actor_kind == "staff")


def activity(*, actor: UUID | None = None, action: str | None = None, subject: str | None = None) -> Select[AuditEntry]:
    """The current workspace's log, narrowed to who did it, what was done, and to what."""
    query = select(AuditEntry).where(AuditEntry.workspace_id == required_workspace())
    if actor:
        query = query.where(AuditEntry.actor_id == actor)
    if action:
        query = query.where(AuditEntry.action == action)
    if subject:
        query = query.where(AuditEntry.subject_kind == subject)
    return query


def latest(most: int) -> list[Line]:
    """What happened last in the current workspace."""
    return in_words(session.execute(_LATEST, {"here": required_workspace(), "most": most}).all())


def in_words(entries: Sequence[Entry]) -> list[Line]:
    """Names are looked up now, so that whoever was forgotten elsewhere is forgotten here too."""
    names = _names(entries)
    return [
        Line(
            entry,
            who=_who(entry, names),
            did=WORDS.get(entry.action) or entry.action.replace(".", " ").replace("_", " "),
            what=str(entry.details.get("name") or names.get(parse_id(entry.subject_id), "")),
            more="; ".join(_more(entry.details)),
        )
        for entry in entries
    ]


def whole_log(query: Select[AuditEntry]) -> Iterator[Line]:
    """All of it, newest first, a few hundred at a time."""
    below = query
    while entries := session.scalars(below.order_by(AuditEntry.id.desc()).limit(CHUNK)).all():
        yield from in_words(entries)
        below = query.where(AuditEntry.id < entries[-1].id)
        session.expunge_all()


def _who(entry: Entry, names: Names) -> str:
    if entry.actor_kind == "system":
        return "Guerdon"
    known = names.get(entry.actor_id)
    if entry.actor_kind == "key":
        return f"Key {known}" if known else "A key"
    return known or "A former member"


def _names(entries: Sequence[Entry]) -> Names:
    """What the people, keys and invitations behind some entries are called today."""
    ids = {entry.actor_id for entry in entries} | {parse_id(entry.subject_id) for entry in entries}
    asked = {"ids": list(ids - {None}), "here": required_workspace()}
    return {row.id: row.name for row in session.execute(_CALLED, asked)} if asked["ids"] else {}


_here = bindparam("here", type_=Uuid())
_ids = bindparam("ids", type_=ARRAY(Uuid()))

# Put together once, and asked for all kinds at once: ids are never the same for two things.
_CALLED = union_all(
    select(Account.id, Account.name).where(Account.id == func.any(_ids)),
    select(TeamInvite.id, TeamInvite.email).where(TeamInvite.id == func.any(_ids)),
    select(ApiKey.id, ApiKey.name).where(ApiKey.workspace_id == _here, ApiKey.id == func.any(_ids)),
)


# The columns that make a line, without a whole row each.
_LATEST = (
    select(*(getattr(AuditEntry, name) for name in LINE))
    .where(AuditEntry.workspace_id == _here)
    .order_by(AuditEntry.id.desc())
    .limit(bindparam("most", type_=Integer()))
)


def _more(details: dict[str, Any]) -> Iterator[str]:
    """The reason that was given, and what changed."""
    if reason := details.get("reason"):
        yield f"Reason: {reason}"
    changes = details.get("changes")
    if isinstance(changes, dict):
        for field, (before, after) in changes.items():
            label = field.replace("timezone", "time zone").replace("_", " ")
            yield f"{label}: {_shown(before)} → {_shown(after)}"


def _shown(value: Any) -> str:
    shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return shown or "nothing"
