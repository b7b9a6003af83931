"""`bin/flask`: a flask command with the settings of `make run`, whether that runs at the moment or not."""

import os
import subprocess
import sys
from typing import TextIO

from app.dev import database, installation, secret_file
from app.dev.embedded import embedded_servers, is_locked
from app.dev.installation import BIN
from app.dev.processes import Refusal


def main() -> int:
    try:
        wanted = installation.read(os.environ)
        if is_locked(wanted.data) or not wanted.runs_database:
            return flask(wanted.environment(secret_file.keep(wanted.data)), *sys.argv[1:])
        environment = wanted.environment(secret_file.keep(wanted.data))
        with embedded_servers(wanted.data):
            for step in database.steps(wanted, environment):
                with_admin = environment | {"DATABASE_ADMIN_URL": wanted.servers.admin_url}
                # What the command itself prints may be read by a program.
                if flask(with_admin, *step, stdout=sys.stderr):
                    raise Refusal("The database could not be prepared; the lines above say why.")
            return flask(environment, *sys.argv[1:])
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def flask(environment: dict[str, str], *command: str, stdout: TextIO | None = None) -> int:
    return subprocess.call((BIN / "flask", "--app", "wsgi", *command), env=environment, stdout=stdout)


if __name__ == "__main__":
    sys.exit(main())
