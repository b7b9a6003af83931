"""What was counted: facts as they happen, rollups once they are folded."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import combinations
from typing import Any

from sqlalchemy import BigInteger, Computed, DateTime, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.models import Stream, choice

# The clock on the wall of the workspace at the time of writing, so that a day is the team's day for ever.
LOCAL = DateTime(timezone=False)

# Each set of a metric's dimensions is summed by itself, so this keeps their number at eight.
MOST_DIMENSIONS = 3


def shape_of(dimensions: Iterable[str]) -> str:
    """The names of some dimensions as one text."""
    return ",".join(sorted(dimensions))


def checked(dimensions: dict[str, str]) -> dict[str, str]:
    """Dimensions that can be counted by."""
    if len(dimensions) > MOST_DIMENSIONS:
        raise ValueError(f"A metric has at most {MOST_DIMENSIONS} dimensions, not {sorted(dimensions)}.")
    return dimensions


def shapes_of(dimensions: Mapping[str, str]) -> list[dict[str, str]]:
    """All that something is counted by: each set of its dimensions, from none to all."""
    return [
        dict(chosen) for size in range(len(dimensions) + 1) for chosen in combinations(sorted(dimensions.items()), size)
    ]


class Fact(Stream):
    """So much of a metric in one local hour; waits to be folded."""

    metric: Mapped[str]
    hour: Mapped[datetime] = mapped_column(LOCAL)
    dimensions: Mapped[dict[str, Any]]
    n: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (Index("ix_fact_metric", "workspace_id", "metric", "hour"),)


class Rollup(Stream):
    """The sum of all folded facts of one metric in an hour, a day or ever, by some, all or none of its dimensions."""

    metric: Mapped[str]
    grain: Mapped[str] = choice("hour", "day", "ever")
    # The dimensions' names: a question reads the rows of the shape that it asks for, and no others.
    shape: Mapped[str]
    bucket: Mapped[datetime] = mapped_column(LOCAL)
    dimensions: Mapped[dict[str, Any]]
    # JSON itself compares by operators that may leak, which no index can serve under row level security.
    dimension_key: Mapped[str] = mapped_column(Computed("dimensions::text", persisted=True))
    n: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("workspace_id", "metric", "grain", "shape", "bucket", "dimension_key", name="rollup_once"),
    )
