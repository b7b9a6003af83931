"""The pages of accounts."""

from app.accounts.blueprint import blueprint
from app.accounts.views import address, deletion, door, password, profile, second_factor, sessions, sign_in

__all__ = ["address", "blueprint", "deletion", "door", "password", "profile", "second_factor", "sessions", "sign_in"]
