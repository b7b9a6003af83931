"""Everything the demo consists of, in the order in which it is made."""

import secrets
from dataclasses import dataclass, field

from app.core.tenancy import unit_of_work
from app.dev.demo.cast import make_cast
from app.dev.demo.dealings import deal
from app.dev.demo.history import work_everything_off, write_history
from app.dev.demo.story import happenings
from app.dev.demo.studio import SLUG, TEAM, make_studio
from app.dev.demo.trouble import fail_one, refuse_some

SEED = 20261120
DAYS = 90


@dataclass(frozen=True)
class Demo:
    """Where to sign in, and what there is to see."""

    email: str
    password: str
    slug: str
    made: dict[str, int] = field(default_factory=dict)


def make_demo(people: int = 1800) -> Demo:
    """Make the studio with its past and, beside it, a workspace in which nothing happened yet; once an installation."""
    password = secrets.token_urlsafe(12)
    with unit_of_work():
        studio = make_studio(password)
    cast = make_cast(SEED, people, DAYS)
    sent = write_history(studio, happenings(SEED, cast))
    with unit_of_work(studio.workspace_id):
        refused = refuse_some(studio)
        fail_one(studio)
    work_everything_off(studio.workspace_id)
    dealt = deal(SEED, studio, cast)
    made = {"people": len(cast), "events": sent + 1, "refused events": refused, "transactions of points": dealt}
    return Demo(TEAM[0][1], password, SLUG, made)
