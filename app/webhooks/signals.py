"""What happened to endpoints by itself; features above subscribe, in the same transaction."""

from blinker import Namespace

_signals = Namespace()

endpoint_disabled = _signals.signal("webhook-endpoint-disabled")  # WebhookEndpoint
