"""What `make run` says on the terminal."""

import sys

from app.dev.database import has_account
from app.dev.installation import Installation

WIDTH = 12
COLOURS = (36, 32, 35, 33, 34, 96, 92, 95, 93, 94)


class Console:
    """Lines of many programs, each behind its name; silent once nobody listens any more."""

    def __init__(self) -> None:
        self._is_heard = True
        self._colours: dict[str, int] | None = {} if sys.stdout.isatty() else None

    def show(self, name: str, line: str) -> None:
        label = f"{name:<{WIDTH}} |"
        if self._colours is not None:
            colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
            label = f"\x1b[{colour}m{label}\x1b[0m"
        self._print(f"{label} {line}")

    def complain(self, sentence: str) -> None:
        self._print(f"\n{sentence}\n", error=True)

    def announce(self, wanted: Installation, environment: dict[str, str]) -> None:
        address = environment["BASE_URL"]
        lines = [f"Guerdon is ready: {address}"]
        if not has_account(environment["DATABASE_OWNER_URL"]):
            lines.append(
                f"There is no account yet. Make the first one, which runs this installation: {address}/sign-up"
            )
            if wanted.is_public:
                lines.append(f"It is asked for this set-up token: {environment['SETUP_TOKEN']}")
        lines.append("Ctrl-C ends it.")
        self._print("\n" + "\n".join(f"  {line}" for line in lines) + "\n")

    def _print(self, text: str, *, error: bool = False) -> None:
        if not self._is_heard:
            return
        try:
            print(text, file=sys.stderr if error else sys.stdout, flush=True)
        except OSError:
            # The terminal is closed, or the reader of a pipe is gone. What runs goes on until it is told to end.
            self._is_heard = False
