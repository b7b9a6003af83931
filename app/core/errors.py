"""Broken rules, in words for people, a code for programs, and a status for HTTP."""

from collections.abc import Callable

from sqlalchemy.exc import IntegrityError


class DomainError(Exception):
    """A rule was broken; nothing was changed."""

    status = 409

    def __init__(self, code: str, message: str, *, field: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        if status is not None:
            self.status = status


class Unauthenticated(DomainError):
    status = 401


class Denied(DomainError):
    status = 403


class Missing(DomainError):
    status = 404

    def __init__(self, code: str = "not_found", message: str = "There is nothing at this address.") -> None:
        super().__init__(code, message)


class Conflict(DomainError):
    status = 409


class TooLarge(DomainError):
    status = 413


class Invalid(DomainError):
    status = 422


class TooMany(DomainError):
    status = 429

    def __init__(self, message: str, *, retry_after: int, code: str = "rate_limited") -> None:
        super().__init__(code, message)
        self.retry_after = retry_after


_explanations: dict[str, Callable[[], DomainError]] = {}


def explain(constraint: str, code: str, message: str, *, field: str | None = None, status: int = 409) -> None:
    """Say, beside the model, in which words a violation of this constraint is told."""
    _explanations[constraint] = lambda: DomainError(code, message, field=field, status=status)


def explanation(error: IntegrityError) -> DomainError | None:
    """The broken rule behind a violated constraint, so that a race ends in the same words as a check."""
    diagnostics = getattr(error.orig, "diag", None)
    explained = _explanations.get(getattr(diagnostics, "constraint_name", None) or "")
    return explained() if explained else None
