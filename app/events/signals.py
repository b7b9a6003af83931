"""What happened to events; features above subscribe, in the same transaction."""

from blinker import Namespace

_signals = Namespace()

# event=UUID, subscriber=str: an event could not be worked off, and was set aside because of this subscriber.
event_set_aside = _signals.signal("event-set-aside")
