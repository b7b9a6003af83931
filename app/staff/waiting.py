"""What the overview says about the figures: what wants a look, and how the parts are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from flask import url_for

from app.core.queues import QueueState
from app.staff.queries.overview import Figures


@dataclass(frozen=True)
class Notice:
    """Something that wants a look, and where to look."""

    title: str
    text: str
    tone: Literal["warn", "bad"] | None
    action: str
    href: str


@dataclass(frozen=True)
class State:
    """What was found out about the installation; `queues` is None while Redis is away."""

    figures: Figures
    queues: list[QueueState] | None
    strayed: Mapping[str, int]
    schedule_stands_still: bool


def notices(state: State) -> list[Notice]:
    """What wants a look, the worst first."""
    return [*_broken_parts(state), *_failures(state), *_decisions(state.figures)]


def _broken_parts(state: State) -> Iterator[Notice]:
    queues = url_for("staff.queues")
    if state.queues is None:
        text = "Pages work; mails and other work wait until it is back."
        yield Notice("Redis does not answer", text, "bad", "Queues", queues)
    for queue in state.queues or []:
        if not queue.workers:
            text = f"{_counted(queue.waiting, 'job waits', 'jobs wait')}. Start one with flask work {queue.name}."
            yield Notice(f"No worker serves the queue {queue.name}", text, "bad", "Queues", queues)
    if state.schedule_stands_still:
        text = "Nothing was asked for in the last minutes. Start the clock with flask cron."
        yield Notice("The schedule stands still", text, "bad", "Queues", queues)
    for table, rows in state.strayed.items():
        few = f"{rows:,}" if rows < 1000 else "A thousand or more"
        text = f"{few} of its rows lie in no month’s partition. The job month-partitions moves them when it runs."
        yield Notice(f"A month is missing in {table}", text, "warn", "Schedule", queues)


def _failures(state: State) -> Iterator[Notice]:
    if failed := sum(queue.failed for queue in state.queues or []):
        title = _counted(failed, "job failed", "jobs failed")
        text = "Run it again or discard it." if failed == 1 else "Run them again or discard them."
        yield Notice(title, text, "bad", "Queues", url_for("staff.queues"))
    if failed := state.figures.failed_messages:
        title = _counted(failed, "message was not delivered", "messages were not delivered")
        href = url_for("staff.list_messages", status="failed")
        yield Notice(title, "All attempts were used up, or the other side refused.", "bad", "Messages", href)


def _decisions(figures: Figures) -> Iterator[Notice]:
    if figures.apps_to_review:
        title = _counted(figures.apps_to_review, "app waits for review", "apps wait for review")
        yield Notice(title, "Their developers wait for you.", "warn", "Review", url_for("staff.review_apps"))
    if figures.doomed_workspaces:
        title = _counted(figures.doomed_workspaces, "workspace is to be erased", "workspaces are to be erased")
        href = url_for("staff.list_workspaces", state="deleted")
        yield Notice(title, "Each can be restored for 30 days.", None, "Look", href)
    if figures.unverified_accounts:
        title = _counted(figures.unverified_accounts, "account is not confirmed", "accounts are not confirmed")
        href = url_for("staff.list_accounts", status="pending_verification")
        yield Notice(title, "The link that was mailed has not been followed.", None, "Look", href)


def parts(state: State) -> list[tuple[str, str]]:
    """Each part of the installation and how it is."""
    served = [(f"Queue {queue.name}", _counted(queue.workers, "worker", "workers")) for queue in state.queues or []]
    return [
        ("Database", "Answers"),
        ("Redis", "Does not answer" if state.queues is None else "Answers"),
        *served,
        ("Schedule", "Stands still" if state.schedule_stands_still else "Runs"),
    ]


def _counted(count: int, one: str, many: str) -> str:
    return f"One {one}" if count == 1 else f"{count:,} {many}" if count else f"No {many}"
