"""`make bench`: every figure as a ratio to a bound measured in the same run."""

import argparse
import os
from collections.abc import Callable

from bench.installation import free_port, installed, served, sign_in
from bench.load import Measured, measure, request_of

CLIENTS = 16


def show(name: str, measured: Measured, bound: Measured | None = None, bar: float | None = None) -> None:
    ratio = f"{measured.rate / bound.rate:8.4f}" if bound else " " * 8
    wanted = f"{bar:8.4f}" if bar else " " * 8
    middle, slow = (measured.percentile(share) * 1000 for share in (0.5, 0.95))
    print(f"{name:<34} {measured.rate:>9,.0f}/s {ratio} {wanted} {middle:>8.2f} ms {slow:>8.2f} ms", flush=True)
    if measured.other_statuses:
        print(f"  {measured.other_statuses} of these were not 200: the figure means nothing", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="how long each figure is measured")
    seconds = parser.parse_args().seconds
    port = free_port()

    def load(request: bytes) -> Measured:
        return measure(("127.0.0.1", port), request, clients=CLIENTS, seconds=seconds, warm_up=seconds / 4)

    print(f"{'what':<34} {'rate':>11} {'ratio':>8} {'bar':>8} {'p50':>11} {'p95':>11}")
    with served("bench.bare:app", port, dict(os.environ)):
        bare = load(request_of("/"))
        show("bare reply (the bound)", bare)
    with installed(port) as (env, keys):
        with served("bench.anew:app", port, env):
            show("portal home, drawn anew", load(request_of("/w/tidepool/", {"Cookie": sign_in(port)})), bare)
        with served("wsgi:app", port, env):
            measure_all(port, keys, load, bare)


def measure_all(port: int, keys: dict[str, str], load: Callable[[bytes], Measured], bare: Measured) -> None:
    figures: list[tuple[str, Callable[[], bytes], float | None]] = [
        ("process alive (/healthz)", lambda: request_of("/healthz"), None),
        ("sign-in page", lambda: request_of("/sign-in"), None),
        ("portal home, warm", lambda: request_of("/w/tidepool/", {"Cookie": sign_in(port)}), 0.015),
        ("list of apps", lambda: request_of("/w/tidepool/apps", {"Cookie": sign_in(port)}), None),
        (
            "key check (GET /v1/me)",
            lambda: request_of("/v1/me", {"Authorization": f"Bearer {keys['secret_key']}"}),
            None,
        ),
    ]
    for name, request, bar in figures:
        show(name, load(request()), bare, bar)


if __name__ == "__main__":
    main()
