"""Runs what was enqueued, in this process, as a worker would."""

import signal
import threading

from app.core.jobs import QUEUES
from app.core.worker import make_worker
from app.factory import Guerdon


def run_jobs(app: Guerdon, *queues: str) -> None:
    """Work off the queues until they are empty."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        for queue in queues or QUEUES:
            worker = make_worker(app, queue, threading.Event())
            worker.work(burst=True, logging_level=None)
            worker.connection.close()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
