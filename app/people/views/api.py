"""/v1: people, as the app knows them."""

from datetime import UTC

from app.core.api import Api, Streamed
from app.core.listing import Listing, listed
from app.core.refusals import Refusal
from app.people import schemas
from app.people.models import Person
from app.people.operations.erasure import erase_person
from app.people.operations.export import export_person
from app.people.queries.lists import names_of_each, people_of_app
from app.people.queries.people import Names, names_of, person_of_user
from app.workspaces.key_access import APP_NEEDED, key, this_app

api = Api("people_api", __name__, title="People")

REFUSALS = (APP_NEEDED, Refusal(404, "person_unknown", "Nobody of the app is known by this user id."))


@api.on("GET", "/people", refusals=(APP_NEEDED,))
@key("read")
def list_people(query: schemas.Which) -> Listing[schemas.Person]:
    """List people.

    The people of the app, whoever was met last first. With `user_id` or `anonymous_id`, only who is known by it.
    """
    wanted = people_of_app(this_app(), user_id=query.user_id, anonymous_id=query.anonymous_id)
    page: Listing[Person] = listed(wanted, Person.id, query, lambda person: person)
    names = names_of_each(page.data)
    return Listing(data=[_shown(person, names[person.id]) for person in page.data], has_more=page.has_more)


@api.on("GET", "/people/<user:user_id>", refusals=REFUSALS)
@key("read")
def show_person(user_id: schemas.UserId) -> schemas.Person:
    """Read a person.

    One user of the app. Every user id of somebody who was merged leads to the same person.
    """
    person = person_of_user(this_app(), user_id)
    return _shown(person, names_of(person.id))


@api.on("GET", "/people/<user:user_id>/export", refusals=REFUSALS)
@key("read")
def export(user_id: schemas.UserId) -> Streamed[schemas.Export]:
    """Export a person.

    Everything that is known of one user, as one document however long: ids, traits, events, points.
    """
    return Streamed(export_person(person_of_user(this_app(), user_id)))


@api.on("DELETE", "/people/<user:user_id>", refusals=REFUSALS)
@key("manage")
def erase(user_id: schemas.UserId) -> schemas.Erased:
    """Erase a person.

    Ids and traits are forgotten, and everything that was sent of the person is blanked. Points that were given and
    spent stay in the books, of somebody unnamed. This cannot be taken back. An event that comes later with the same
    user id makes a new person.
    """
    person = erase_person(person_of_user(this_app(), user_id).id)
    return schemas.Erased(id=person.id, erased_at=person.erased_at.astimezone(UTC))  # type: ignore[union-attr]


def _shown(person: Person, names: Names) -> schemas.Person:
    return schemas.Person.of(person, names.user_ids, names.anonymous_ids)
