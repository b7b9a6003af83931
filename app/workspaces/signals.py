"""What happened in a workspace; features above subscribe, in the same transaction.

Each is sent with the row it happened to, inside that workspace's scope.
"""

from blinker import Namespace

_signals = Namespace()

invite_accepted = _signals.signal("invite-accepted")  # TeamInvite, member=Membership
role_changed = _signals.signal("role-changed")  # Membership, before=str
member_removed = _signals.signal("member-removed")  # Membership, account=Account
member_left = _signals.signal("member-left")  # Membership
ownership_handed_over = _signals.signal("ownership-handed-over")  # Membership (the new owner's), former=Membership
visit_began = _signals.signal("visit-began")  # StaffVisit

app_approved = _signals.signal("app-approved")  # App
app_suspended = _signals.signal("app-suspended")  # App
app_reinstated = _signals.signal("app-reinstated")  # App
key_revoked = _signals.signal("key-revoked")  # ApiKey
