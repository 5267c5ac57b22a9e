"""The models of comparing notebooks."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class NotebookCompare(BaseModel):
    """Two notebooks, as their files have them."""

    model_config = ConfigDict(extra="forbid")

    base: dict[str, Any] = Field(description="The older one.")
    remote: dict[str, Any] = Field(description="The newer one.")


class NotebookRow(BaseModel):
    """A cell, or two that stand for each other, and in what they differ."""

    kind: Literal["same", "changed", "added", "removed", "moved", "moved-away"] = Field(
        description="`moved` stands where the cell is now, `moved-away` where it was."
    )
    base: int | None = Field(description="The cell's place in the older notebook, from 0.")
    remote: int | None = Field(description="The cell's place in the newer notebook, from 0.")
    source: bool = False
    outputs: bool = Field(False, description="Without execution counts and metadata.")
    metadata: bool = False
    execution_count: bool = False


class NotebookComparison(BaseModel):
    """How two notebooks differ."""

    rows: list[NotebookRow]
    metadata: bool = Field(description="Whether the notebooks' own metadata differ.")
    complete: bool = Field(
        description="False where nbdime took too long: the cells are aligned by id or source alone."
    )
