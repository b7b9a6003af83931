"""What arrives together shares a transaction, and nobody is harmed by whom he travels with."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from app.core.ids import new_id
from app.events.grouping import Grouping


class Work:
    """Notes what it was asked to do together, holds the first until told, and refuses what is called bad."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, _workspace_id: UUID, items: Sequence[str]) -> None:
        first = not self.groups
        self.groups.append(list(items))
        if first:
            self.begun.set()
            self.go_on.wait(10)
        if "bad" in items:
            raise ValueError("bad")


def run_together(items: list[str], *, most: int = 100) -> tuple[Work, list[BaseException | None]]:
    """One goes first; the others arrive while it is at work."""
    work, workspace_id = Work(), new_id()
    grouping = Grouping(work, most=most)
    with ThreadPoolExecutor(len(items) + 1) as threads:
        first = threads.submit(grouping.submit, workspace_id, "first", 1)
        assert work.begun.wait(10)
        others = []
        for arrived, item in enumerate(items):
            others.append(threads.submit(grouping.submit, workspace_id, item, 1))
            while len(grouping._waiting[workspace_id]) <= arrived:
                pass
        work.go_on.set()
        assert first.exception(10) is None
        return work, [other.exception(10) for other in others]


def test_who_comes_alone_works_alone() -> None:
    work = Work()
    work.go_on.set()
    grouping = Grouping(work, most=100)
    for item in ("a", "b"):
        grouping.submit(new_id(), item, 1)
    assert work.groups == [["a"], ["b"]]
    assert grouping._waiting == {}


def test_who_arrives_meanwhile_goes_together() -> None:
    work, errors = run_together(["a", "b", "c"])
    assert work.groups == [["first"], ["a", "b", "c"]]
    assert errors == [None, None, None]


def test_a_group_is_bounded() -> None:
    work, errors = run_together(["a", "b", "c", "d", "e"], most=2)
    assert work.groups == [["first"], ["a", "b"], ["c", "d"], ["e"]]
    assert errors == [None] * 5


def test_what_is_larger_than_the_bound_goes_alone() -> None:
    work = Work()
    work.go_on.set()
    Grouping(work, most=10).submit(new_id(), "large", 500)
    assert work.groups == [["large"]]


def test_one_that_fails_harms_nobody_else() -> None:
    work, errors = run_together(["a", "bad", "c"])
    assert work.groups == [["first"], ["a", "bad", "c"], ["a"], ["bad"], ["c"]]
    assert [type(error) for error in errors] == [type(None), ValueError, type(None)]


def test_workspaces_do_not_wait_for_each_other() -> None:
    work = Work()
    grouping = Grouping(work, most=100)
    with ThreadPoolExecutor(1) as threads:
        held = threads.submit(grouping.submit, new_id(), "held", 1)
        assert work.begun.wait(10)
        grouping.submit(new_id(), "elsewhere", 1)
        assert not held.done()
        work.go_on.set()
        assert held.exception(10) is None


def test_a_leader_that_is_cut_off_says_nothing_good() -> None:
    def work(_workspace_id: UUID, items: Sequence[str]) -> None:
        raise SystemExit

    grouping, workspace_id = Grouping(work, most=100), new_id()
    with pytest.raises(SystemExit):
        grouping.submit(workspace_id, "a", 1)
    assert grouping._waiting == {}


@pytest.mark.thorough
def test_many_threads_get_each_their_own_answer() -> None:
    done: list[str] = []

    def work(_workspace_id: UUID, items: Sequence[str]) -> None:
        if any(item.endswith("7") for item in items):
            raise ValueError(items)
        done.extend(items)

    grouping, workspaces = Grouping(work, most=20), [new_id() for _ in range(3)]

    def submit(number: int) -> bool:
        try:
            grouping.submit(workspaces[number % 3], str(number), 1 + number % 5)
        except ValueError:
            return False
        return True

    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(submit, range(3000)))
    assert answers == [number % 10 != 7 for number in range(3000)]
    assert sorted(done, key=int) == [str(number) for number in range(3000) if number % 10 != 7]
    assert grouping._waiting == {}
