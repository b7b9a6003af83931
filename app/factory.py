"""All the wiring, on one page."""

import os

from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.accounts import login
from app.accounts import views as accounts
from app.accounts.operations.sessions import REMEMBERED
from app.config import Settings, load
from app.core import (
    access,
    assets,
    components,
    connections,
    error_pages,
    fragments,
    headers,
    health,
    icons,
    logs,
    moments,
    telemetry,
)
from app.core.cookies import CookieSessions
from app.core.db import TransactionalFlask, db
from app.core.health import MIGRATIONS
from app.dev import components as dev_components
from app.dev import mailbox
from app.events import timeline as event_timeline
from app.events import views as events
from app.events.views import express, intake, sdks
from app.events.views.api import api as events_api
from app.notifications import subscribers as notification_subscribers
from app.notifications import views as notifications
from app.people import addresses as user_addresses
from app.people.views import portal as people
from app.people.views.api import api as people_api
from app.points import subscribers as point_subscribers
from app.points import views as points
from app.points.views.api import api as points_api
from app.portal import frame
from app.portal import views as portal
from app.staff import views as staff
from app.webhooks import subscribers as webhook_subscribers
from app.webhooks import views as webhooks
from app.webhooks.views.api import api as webhooks_api
from app.workspaces import access as workspace_access
from app.workspaces import key_access
from app.workspaces import subscribers as workspace_subscribers
from app.workspaces.views import activity, apps, invites, keys, reference, team, workspaces
from app.workspaces.views.api import api as workspaces_api

BODY_LIMIT = 1_000_000

# To be imported is all they need: they listen to the signals of lower layers.
LISTENING = (event_timeline, notification_subscribers, point_subscribers, webhook_subscribers, workspace_subscribers)


class Guerdon(TransactionalFlask):
    settings: Settings
    session_interface = CookieSessions()


def create_app(settings: Settings | None = None) -> Guerdon:
    settings = settings or load(os.environ)
    app = Guerdon(__name__, template_folder="../templates", static_folder="../static")
    app.settings = settings
    # For both roles; what people typed stays out of the log.
    engine = {"pool_size": settings.database_pool, "hide_parameters": True}
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_BINDS={"staff": {"url": settings.database_staff_url, **engine}},
        SQLALCHEMY_ENGINE_OPTIONS=engine,
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=BODY_LIMIT,
        SESSION_COOKIE_NAME="guerdon",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        # Sessions end at a fixed time, so the cookie is not sent anew with every answer.
        PERMANENT_SESSION_LIFETIME=REMEMBERED,
        SESSION_REFRESH_EACH_REQUEST=False,
        # A page left open for a day still saves; the session's own end is kept in the database.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )

    logs.install(app)
    telemetry.install(app)
    db.init_app(app)
    connections.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS))
    CSRFProtect(app)
    headers.install(app)
    error_pages.install(app)
    assets.init_app(app)
    icons.init_app(app)
    components.init_app(app)
    fragments.init_app(app)
    moments.init_app(app)
    login.init_app(app)
    workspace_access.init_app(app)
    key_access.init_app(app)
    user_addresses.init_app(app)
    frame.init_app(app)

    app.register_blueprint(health.blueprint)
    app.register_blueprint(accounts.blueprint)
    for feature in (workspaces, apps, keys, team, invites, activity, notifications, portal, staff):
        app.register_blueprint(feature.blueprint)
    app.register_blueprint(workspaces_api)
    app.register_blueprint(webhooks.blueprint)
    app.register_blueprint(webhooks_api)
    app.register_blueprint(people.blueprint)
    app.register_blueprint(people_api)
    app.register_blueprint(events.blueprint)
    app.register_blueprint(events_api)
    app.register_blueprint(sdks.blueprint)
    app.register_blueprint(intake.api)
    app.register_blueprint(points.blueprint)
    app.register_blueprint(points_api)
    app.register_blueprint(reference.blueprint)
    if settings.embedded:
        app.register_blueprint(mailbox.blueprint)
        app.register_blueprint(dev_components.blueprint)

    app.view_functions["static"] = access.public(app.view_functions["static"])
    access.install(app)
    express.init_app(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app
