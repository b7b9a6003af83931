"""The ways in which intake says no, to a request and to an event."""

from app.core.refusals import Refusal

REQUEST = (
    Refusal(400, "not_json", "The body is not JSON."),
    Refusal(400, "not_gzip", "The body is not what gzip makes, as its `Content-Encoding` says it is."),
    Refusal(413, "too_large", "The request is larger than 500 kB, unpacked."),
    Refusal(415, "encoding_unknown", "The body is compressed, and not by gzip."),
    Refusal(422, "not_storable", "Something in the body cannot be stored."),
)
EVENT = (
    Refusal(422, "event_not_object", "The event is not a JSON object."),
    Refusal(422, "type_unknown", "An event of a batch has no `type`, or one that is not known."),
    Refusal(422, "name_missing", "A track call has no `event`, or it is not text."),
    Refusal(422, "name_too_long", "The event's name is longer than 200 characters."),
    Refusal(422, "identity_missing", "The event has neither `userId` nor `anonymousId`; alias needs `userId`."),
    Refusal(422, "id_missing", "A group call has no `groupId`, or an alias call no `previousId`."),
    Refusal(422, "id_not_valid", "An id is neither text nor a whole number."),
    Refusal(422, "id_too_long", "An id is longer than 255 characters."),
    Refusal(422, "field_not_object", "`properties`, `traits` or `context` is not a JSON object."),
    Refusal(422, "timestamp_not_valid", "A time is not text in ISO 8601; seconds and milliseconds are not taken."),
    Refusal(422, "timestamp_in_future", "The event's time is more than 24 hours ahead."),
    Refusal(422, "timestamp_too_old", "The event's time is before the year 2000."),
    Refusal(422, "properties_too_deep", "`properties`, `traits` or `context` is deeper than 8 levels."),
    Refusal(422, "properties_too_large", "`properties`, `traits` or `context` is larger than 32 kB."),
    Refusal(422, "event_too_large", "The event is larger than 32 kB."),
    Refusal(422, "number_not_valid", "A number is infinite, not a number, or longer than 4,300 digits."),
)
SINGLE = REQUEST + EVENT
BATCH = (
    *REQUEST,
    Refusal(400, "not_a_batch", "The body has no list `batch`."),
    Refusal(413, "batch_too_long", "The batch has more than 2,500 events."),
)
