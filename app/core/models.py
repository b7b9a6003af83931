"""What every table has in common: ids, times, and for tenants' tables keys that begin with the workspace."""

import re
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, ForeignKeyConstraint, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, declared_attr, mapped_column

from app.core.db import metadata
from app.core.ids import new_id
from app.core.tenancy import required_workspace


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class Base(DeclarativeBase):
    metadata = metadata
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text,
        UUID: Uuid(),
        dict[str, Any]: JSONB,
        list[str]: JSONB,
    }

    def __init_subclass__(cls, **options: Any) -> None:
        if not cls.__dict__.get("__abstract__"):
            cls.__table_args__ = (*_constraints(cls), *_own_table_args(cls))
        super().__init_subclass__(**options)

    @declared_attr.directive
    def __tablename__(cls) -> str:
        return snake_case(cls.__name__)


class Global(Base):
    """A table above the workspaces."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-10)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=90)


class Tenant(Base):
    """A table whose every row belongs to one workspace."""

    __abstract__ = True

    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspace.id"), primary_key=True, default=required_workspace, sort_order=-11
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-10)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=90)


class Stream(Tenant):
    """A tenant's table that takes thousands of rows a second, so that no reference is looked up for each of them."""

    __abstract__ = True

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True, default=required_workspace, sort_order=-11)


class Changing:
    """Rows that change say when; a trigger keeps the time."""

    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), server_onupdate=func.now(), sort_order=91)


def choice(*values: str, **options: Any) -> MappedColumn[Any]:
    """A text column that the database holds to these values."""
    return mapped_column(Text, info={"choices": values}, **options)


def ref(target: str, **options: Any) -> MappedColumn[Any]:
    """A reference inside the workspace: the foreign key takes the workspace along."""
    return mapped_column(Uuid, info={"target": target}, **options)


def _own_table_args(cls: type[Base]) -> tuple[Any, ...]:
    own = cls.__dict__.get("__table_args__", ())
    return (own,) if isinstance(own, dict) else tuple(own)


def _constraints(cls: type[Base]) -> list[CheckConstraint | ForeignKeyConstraint]:
    table = snake_case(cls.__name__)
    made: list[CheckConstraint | ForeignKeyConstraint] = []
    for name, attribute in list(cls.__dict__.items()):
        info = attribute.column.info if isinstance(attribute, MappedColumn) else {}
        if choices := info.get("choices"):
            listed = ", ".join(f"'{value}'" for value in choices)
            made.append(CheckConstraint(f"{name} IN ({listed})", name=f"{table}_{name}_known"))
        if target := info.get("target"):
            made.append(ForeignKeyConstraint(["workspace_id", name], [f"{target}.workspace_id", f"{target}.id"]))
    return made
