"""What the web server and `flask` load."""

import sys

from app import cli
from app.config import SettingsError
from app.factory import create_app

try:
    app = create_app()
    cli.register(app)
except SettingsError as error:
    print(f"Guerdon cannot start: {error}", file=sys.stderr)
    sys.exit(2)
