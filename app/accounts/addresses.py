"""E-mail addresses: which are well formed, and which two are one."""

from email_validator import EmailNotValidError, validate_email

from app.core.errors import Invalid

LONGEST = 255


def valid_address(text: str, *, field: str = "email") -> str:
    """The address as mail servers write it, or the reason why there can be none."""
    try:
        # Whether mail arrives is found out by sending some; an installation inside a company may use any domain.
        checked = validate_email(
            text,
            allow_smtputf8=False,
            check_deliverability=False,
            globally_deliverable=False,
            # Lets the domains of .test in, which trials are made with.
            test_environment=True,
        ).ascii_email
    except EmailNotValidError:
        checked = None
    if not checked or len(checked) > LONGEST:
        raise Invalid("email_malformed", "Write a complete e-mail address, such as ines@example.org.", field=field)
    return checked


def address_key(address: str) -> str:
    """Two spellings of one address have the same key."""
    return address.strip().casefold()
