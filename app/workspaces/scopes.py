"""What a secret key may be allowed, said once: forms, the key check and the API's pages all read it here."""

SCOPES = {
    "events": "Send events.",
    "read": "Read what the workspace holds.",
    "manage": "Make and change things, as a member could on the screens.",
}
