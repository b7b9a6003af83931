"""What each role may do, said once: access to pages, buttons on them and docs/permissions.md all read it here."""

from dataclasses import dataclass

from app.workspaces.models import ROLES

# As what staff stand in a workspace while they visit it.
VISITOR_ROLE = "admin"

SUMMARY = {
    "owner": "Everything, including making owners and deleting the workspace.",
    "admin": "Settings, the team, keys and apps.",
    "member": "Registers and changes apps.",
    "viewer": "Sees everything, changes nothing.",
}


@dataclass(frozen=True)
class Permission:
    """Something one may do in a workspace, and the lowest role that may."""

    name: str
    lowest: str
    says: str


PERMISSIONS = {
    permission.name: permission
    for permission in (
        Permission("workspace.read", "viewer", "See the home page, search, read notifications, leave the workspace"),
        Permission("apps.read", "viewer", "See apps"),
        Permission("apps.manage", "member", "Register and change apps"),
        Permission("people.read", "viewer", "See people, their traits and what they did"),
        Permission("people.export", "member", "Export everything that is known of a person"),
        Permission("people.erase", "admin", "Erase a person"),
        Permission("events.read", "viewer", "See events, what they caused, and what was refused"),
        Permission("events.manage", "member", "Send test events, retry what failed"),
        Permission("points.read", "viewer", "See balances and transactions"),
        Permission("points.manage", "member", "Grant, take and give back points by hand"),
        Permission("webhooks.read", "viewer", "See webhook endpoints and attempts"),
        Permission("webhooks.manage", "admin", "Make, change, rotate and delete webhook endpoints, send again"),
        Permission("keys.read", "viewer", "See keys: publishable ones whole, secret ones by their prefix"),
        Permission("keys.manage", "admin", "Make, rotate and revoke keys"),
        Permission("members.read", "viewer", "See the team"),
        Permission("members.manage", "admin", "Invite, remove, and change roles, up to one's own role"),
        Permission("activity.read", "viewer", "Read the activity log and export it"),
        Permission("settings.manage", "admin", "Change the name, address, company and time zone"),
        Permission("ownership.manage", "owner", "Make somebody an owner, hand the workspace over"),
        Permission("workspace.delete", "owner", "Delete the workspace, and restore it within 30 days"),
    )
}


def reaches(role: str, other: str) -> bool:
    """Whether a role is at least the other."""
    return ROLES.index(role) <= ROLES.index(other)


def allows(role: str, permission: str) -> bool:
    """Whether a role may do this; an unknown permission is an error."""
    return reaches(role, PERMISSIONS[permission].lowest)


def givable_by(role: str) -> tuple[str, ...]:
    """The roles that somebody of this role may give: nobody lifts others above themselves."""
    return tuple(other for other in ROLES if reaches(role, other))


def as_markdown() -> str:
    """The table for docs/permissions.md."""
    lines = [
        "# Who may do what",
        "",
        "Written from `app/workspaces/roles.py` by its test, which fails when the two differ.",
        "",
        *(f"- **{role.capitalize()}**: {SUMMARY[role]}" for role in ROLES),
        "",
        f"| permission | what it allows | {' | '.join(ROLES)} |",
        f"|---|---|{'---|' * len(ROLES)}",
    ]
    for permission in PERMISSIONS.values():
        marks = " | ".join("yes" if allows(role, permission.name) else "" for role in ROLES)
        lines.append(f"| `{permission.name}` | {permission.says} | {marks} |")
    lines += [
        "",
        "Staff who visit a workspace stand in it as admins for as long as the visit lasts. Every visit has a reason,",
        "a banner, an entry in the activity log when it begins and ends, and the owners are told.",
        "",
    ]
    return "\n".join(lines)
