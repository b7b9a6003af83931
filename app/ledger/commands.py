"""`flask ledger …`"""

import sys

import click

from app.core.tenancy import unit_of_work
from app.ledger.operations import verify


@click.group("ledger")
def ledger() -> None:
    """The books."""


@ledger.command("verify")
def verify_all() -> None:
    """Recompute every book of every workspace from the transfers, and name each difference."""
    with unit_of_work(role="staff"):
        differences = verify()
    for difference in differences:
        click.echo(f"{difference.workspace_id} {difference.rule}: {difference.words}")
    if differences:
        click.echo(f"Differences: {len(differences)}.", err=True)
        sys.exit(1)
    click.echo("Every balance, entry and lot follows from the transfers.")
