"""What happened to people; features above subscribe, in the same transaction.

Each is sent without a sender, inside the workspace's scope, while the rows of all people concerned are locked.
"""

from blinker import Namespace

_signals = Namespace()

# absorbed=UUID, into=UUID: two people turned out to be one; `absorbed` leads to `into` from now on.
person_joined = _signals.signal("person-joined")
# person=UUID, left=UUID, joins=UUID: an anonymous person turned out to belong to somebody else. What was written
# down for `person` itself goes along; see `origin_id` of an event.
person_parted = _signals.signal("person-parted")
# person=UUID: everything that was known of somebody is forgotten.
person_erased = _signals.signal("person-erased")
