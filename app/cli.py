"""The commands of `flask`."""

import json
import os
import sys
from dataclasses import asdict

import click
from flask import Flask

from app.config import SettingsError
from app.core import commands
from app.core.errors import DomainError
from app.core.roles import prepare_database
from app.core.settings import current_settings
from app.core.tenancy import unit_of_work
from app.dev.demo import make_demo
from app.ledger.commands import ledger
from app.workspaces.bootstrap import bootstrap
from app.workspaces.platforms import PLATFORMS


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
    click.echo("Writing ninety days of a small studio; this takes up to a minute.")
    try:
        made = make_demo()
    except DomainError as refused:
        click.echo(refused.message)
        return
    click.echo(f"Made {', '.join(f'{n:,} {what}' for what, n in made.made.items())}, in three apps and ninety days.")
    click.echo(f"Sign in at {current_settings().base_url}/sign-in as {made.email} with the password {made.password}")


@click.command("bootstrap")
@click.option("--email", required=True, help="Who owns the workspace.")
@click.option("--password", required=True, help="Theirs, if the account is new.")
@click.option("--workspace", required=True, metavar="SLUG", help="The workspace's address.")
@click.option("--app", required=True, metavar="NAME", help="The app's name.")
@click.option("--platform", type=click.Choice(list(PLATFORMS)), default="web", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else.")
def make_all(email: str, password: str, workspace: str, app: str, platform: str, as_json: bool) -> None:
    """Make (or find) an account, a workspace and an app, and print keys to begin with."""
    try:
        # As staff, because an app may have to be approved.
        with unit_of_work(role="staff"):
            made = bootstrap(email=email, password=password, workspace=workspace, app=app, platform=platform)
    except DomainError as refused:
        click.echo(refused.message, err=True)
        sys.exit(1)
    lines = {name: str(value) for name, value in asdict(made).items()}
    click.echo(json.dumps(lines) if as_json else "\n".join(f"{name}: {value}" for name, value in lines.items()))


def register(app: Flask) -> None:
    commands.register(app)
    app.cli.add_command(init_db)
    app.cli.add_command(demo)
    app.cli.add_command(make_all)
    app.cli.add_command(ledger)
