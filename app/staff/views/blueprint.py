"""Where the pages of the back office are hung, and what all of them say."""

from flask import Blueprint

from app.core.redis import Away, ask

blueprint = Blueprint("staff", __name__, url_prefix="/staff")


@blueprint.app_template_global()
def redis_is_away() -> bool:
    """Pages work without Redis, but work waits: staff see that at once."""
    try:
        ask(lambda redis: redis.ping())
    except Away:
        return True
    return False
