"""What to do about each reason for which something is refused as an event."""

# By the code of the reason; the reason itself stands beside it on the screen.
MENDING = {
    "event_not_object": "Send a list of objects as batch, each an event with its type.",
    "type_unknown": "Send type with each event of a batch: track, page, screen, identify, group or alias.",
    "name_missing": "Give the event a name, such as level_completed, in the field event.",
    "name_too_long": "Shorten the name. What varies belongs into properties.",
    "identity_missing": "Send userId once somebody is signed in, anonymousId before.",
    "id_not_valid": "Send ids as text, without control characters.",
    "id_too_long": "Send the id of your own user table, not a token or an address made of it.",
    "id_missing": "Send what the call is about: previousId for alias, groupId for group.",
    "field_not_object": "Send properties, traits and context as JSON objects, not as text or lists.",
    "number_not_valid": "Send very large numbers as text.",
    "properties_too_deep": "Flatten what is sent: keep what you filter by at the top.",
    "properties_too_large": "Send what rules need, and leave texts, images and logs out.",
    "event_too_large": "Send what rules need, and leave texts, images and logs out.",
    "timestamp_not_valid": "Send times as ISO 8601 text in UTC, such as 2026-11-20T12:00:00.000Z.",
    "timestamp_in_future": "Look at the sender’s clock, and send sentAt so that it can be corrected.",
    "timestamp_too_old": "Look at the sender’s clock: it may have fallen back to its beginning.",
}
USUAL = "Send it again once it is mended. What was refused is not tried again by itself."


def advice(code: str) -> str:
    """How to mend what was refused."""
    return MENDING.get(code, USUAL)
