"""Commands of `flask` that keep the installation working."""

import sys
from collections import Counter

import click
from flask import Flask, current_app

from app.core import schedule, worker
from app.core.jobs import QUEUES
from app.core.rotation import rotate
from app.core.settings import current_settings


def register(app: Flask) -> None:
    for command in (work, cron, rotate_keys):
        app.cli.add_command(command)


@click.command()
@click.argument("queue", type=click.Choice(QUEUES))
def work(queue: str) -> None:
    """Run the jobs of one queue until stopped."""
    worker.serve(current_app._get_current_object(), queue)  # type: ignore[attr-defined]


@click.command()
def cron() -> None:
    """Ask for scheduled jobs when they are due, until stopped."""
    schedule.run()


@click.command("rotate-keys")
def rotate_keys() -> None:
    """Seal everything under the newest of ENCRYPTION_KEYS."""
    keys = current_settings().encryption_keys
    in_use: Counter[int] = Counter()
    unreadable = 0
    for outcome in rotate():
        in_use += outcome.versions
        unreadable += outcome.unreadable
        click.echo(f"{outcome.table}: {outcome.sealed_anew} sealed anew, {outcome.unreadable} unreadable")
    for version in sorted(set(keys) | set(in_use)):
        click.echo(_about(version, keys, in_use[version]))
    if unreadable:
        click.echo("Some values could not be read. List the key they were sealed under, then run this again.", err=True)
        sys.exit(1)


def _about(version: int, keys: dict[int, bytes], values: int) -> str:
    if version == max(keys):
        return f"Key {version} is the newest and seals {values} values."
    if values:
        listed = "" if version in keys else ", but is not listed"
        return f"Key {version} still seals {values} values{listed}."
    if version == min(keys):
        return f"Key {version} seals nothing, but makes the keyed hashes. Take it away to let go of all hashes so far."
    return f"Key {version} is no longer in use and can be taken away."
