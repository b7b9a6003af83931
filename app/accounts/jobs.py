"""What is done for accounts by the clock."""

from app.accounts.operations.purge import purge
from app.core.tenancy import unit_of_work


def purge_expired() -> None:
    with unit_of_work():
        purge()
