"""What granian loads under `make run`: the application, in a worker that does not outlive granian's master."""

import multiprocessing

from app.dev.processes import die_with_parent

master = multiprocessing.parent_process()
if master and master.pid:
    die_with_parent(master.pid)

from wsgi import app  # noqa: E402

__all__ = ["app"]
