"""Webhooks are a channel of the outbox; to be imported is all this needs."""

from app.core.delivery import CHANNELS
from app.webhooks.operations.announcing import CHANNEL
from app.webhooks.operations.delivering import deliver

CHANNELS[CHANNEL] = deliver
