"""People who can sign in, written straight into the tables."""

from dataclasses import dataclass
from functools import cache
from itertools import count
from uuid import UUID

import pyotp

from app.accounts.addresses import address_key
from app.accounts.models import Account, SecondFactor
from app.accounts.passwords import hash_password
from app.core.clock import now
from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import unit_of_work

PASSWORD = "tulip harbour cloud"

_numbers = count(1)
_hash = cache(hash_password)


@dataclass(frozen=True)
class Person:
    """An account as its owner knows it."""

    id: UUID
    email: str
    password: str = PASSWORD

    @property
    def sign_in(self) -> dict[str, str]:
        return {"email": self.email, "password": self.password}


def a_person(
    name: str = "Ines Alder", *, email: str | None = None, status: str = "active", is_staff: bool = False
) -> Person:
    person = Person(new_id(), email or f"ines.{next(_numbers)}@example.org")
    with unit_of_work():
        session.add(
            Account(
                id=person.id,
                name=name,
                email=person.email,
                email_key=address_key(person.email),
                password_hash=_hash(PASSWORD),
                status=status,
                email_verified_at=None if status == "pending_verification" else now(),
                is_staff=is_staff,
            )
        )
    return person


def with_second_factor(person: Person) -> pyotp.TOTP:
    """Switch two-step sign-in on for somebody; returns what their phone would show."""
    secret = pyotp.random_base32()
    with unit_of_work():
        session.add(SecondFactor(account_id=person.id, secret=secret, confirmed_at=now()))
    return pyotp.TOTP(secret)


def account_of(person: Person) -> Account:
    """The account, inside a unit of work."""
    return session.get_one(Account, person.id)
