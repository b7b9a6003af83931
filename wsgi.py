"""What the web server and `flask` load."""

import gc
import sys

from app import cli
from app.config import SettingsError
from app.factory import create_app

try:
    app = create_app()
    cli.register(app)
    # All that is loaded by now stays for good. Looked through at each full collection, it would cost more than what
    # a large request leaves behind.
    gc.freeze()
except SettingsError as error:
    print(f"Guerdon cannot start: {error}", file=sys.stderr)
    sys.exit(2)
