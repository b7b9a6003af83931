"""The commands of `flask`."""

import os
import sys

import click
from flask import Flask

from app.config import SettingsError
from app.core import commands
from app.core.errors import DomainError
from app.core.roles import prepare_database
from app.core.settings import current_settings
from app.dev.demo import make_demo


@click.command("init-db")
def init_db() -> None:
    """Make the three database roles and the database (DATABASE_ADMIN_URL names an administrator)."""
    admin_url = os.environ.get("DATABASE_ADMIN_URL")
    if not admin_url:
        click.echo("DATABASE_ADMIN_URL is not set. Set it to the URL of a role that may create roles.", err=True)
        sys.exit(2)
    try:
        prepare_database(admin_url, current_settings())
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(2)


@click.command("demo")
def demo() -> None:
    """Make a workspace full of believable data, and one that is empty."""
    try:
        made = make_demo()
    except DomainError as refused:
        click.echo(refused.message)
        return
    click.echo(f"Sign in at {current_settings().base_url}/sign-in as {made.email} with the password {made.password}")


def register(app: Flask) -> None:
    commands.register(app)
    app.cli.add_command(init_db)
    app.cli.add_command(demo)
