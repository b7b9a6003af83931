"""Pages over a short and a long history: `python -m bench.pages`, each with as many events as are named."""

import argparse
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import make_url

from app.config import load as settings_of
from app.core.db import db
from app.factory import create_app
from app.metrics.jobs import fold_facts
from bench.history import EVENTS_A_PERSON, load
from bench.installation import free_port, installed, served, sign_in
from bench.load import Measured, measure, request_of

CLIENTS = 2
PAGES = {
    "home": "/w/tidepool/",
    "events, 7 days": "/w/tidepool/events",
    "events, 90 days": "/w/tidepool/events?span=90",
    "events of an app, 30 days": "/w/tidepool/events?span=30&app={app_id}",
    "live": "/w/tidepool/events/live",
    "live, a rare name": "/w/tidepool/events/live?name=signup_complete",
    "live, one person": "/w/tidepool/events/live?who=u{person}",
    "people": "/w/tidepool/people",
    "people by the beginning of an id": "/w/tidepool/people?q=u{person}",
    "a person": "/w/tidepool/people/{person_id}",
    "GET /v1/events": "/v1/events",
    "GET /v1/events of one user": "/v1/events?user_id=u{person}",
    "GET /v1/people/…": "/v1/people/u{person}",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("events", type=int, nargs="*", default=[100_000, 10_000_000])
    parser.add_argument("--seconds", type=float, default=5, help="how long each page is measured")
    asked = parser.parse_args()
    found = [pages_over(events, asked.seconds) for events in asked.events]
    print(f"{'p95 of':<34}" + "".join(f"{events:>14,}" for events in asked.events) + f"{'ratio':>9}")
    for name in PAGES:
        times = [measured[name].percentile(0.95) * 1000 for measured in found]
        print(f"{name:<34}" + "".join(f"{time:>11.1f} ms" for time in times) + f"{times[-1] / times[0]:>9.2f}")
        for measured in found:
            if measured[name].other_statuses:
                print("  some of these were not 200: the figure means nothing")


def pages_over(events: int, seconds: float) -> dict[str, Measured]:
    port = free_port()
    with installed(port) as (env, keys):
        person_id = _load(env, keys, events)
        person = events // EVENTS_A_PERSON // 2
        with served("wsgi:app", port, env):
            cookie = sign_in(port)
            headers = {"Cookie": cookie, "Authorization": f"Bearer {keys['secret_key']}"}
            return {
                name: measure(
                    ("127.0.0.1", port),
                    request_of(path.format(person=person, person_id=person_id, app_id=keys["app_id"]), headers),
                    clients=CLIENTS,
                    seconds=seconds,
                    warm_up=1,
                )
                for name, path in PAGES.items()
            }


def _load(env: Mapping[str, str], keys: Mapping[str, str], events: int) -> UUID:
    """Write the history, fold what was counted, and pick somebody from the middle."""
    admin = make_url(env["DATABASE_ADMIN_URL"]).set(drivername="postgresql", database="guerdon")
    person_id = load(
        admin.render_as_string(hide_password=False), UUID(keys["workspace_id"]), UUID(keys["app_id"]), events
    )
    app = create_app(settings_of(dict(env)))
    with app.app_context():
        fold_facts(keys["workspace_id"])
        for engine in db.engines.values():
            engine.dispose()
    return person_id


if __name__ == "__main__":
    main()
