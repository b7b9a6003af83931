"""A Redis that a test may stop and start as it likes."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from app.dev.embedded import make_private, redis_answers, redis_program, servers_of
from app.dev.processes import end, spawn, wait_until


class OwnRedis:
    def __init__(self, folder: Path) -> None:
        self.servers = servers_of(folder)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.servers.redis_url

    def start(self) -> None:
        with (self.servers.folder / "redis.log").open("ab") as log:
            self.process = spawn(redis_program(self.servers), log)
        wait_until(lambda: redis_answers(self.servers), 10)

    def stop(self) -> None:
        if self.process is not None:
            end(self.process, signal.SIGTERM, patience=5)
        self.process = None

    @contextmanager
    def client(self) -> Iterator[Redis]:
        client = Redis.from_url(self.url)
        try:
            yield client
        finally:
            client.close()


@contextmanager
def own_redis(folder: Path) -> Iterator[OwnRedis]:
    redis = OwnRedis(folder)
    make_private(redis.servers.sockets)
    redis.start()
    try:
        yield redis
    finally:
        redis.stop()
