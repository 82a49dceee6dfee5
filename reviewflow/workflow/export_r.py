"""Analyses as R scripts for metafor that reproduce the numbers, each with the table that it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewflow.domain.csv_text import csv_text
from reviewflow.domain.metafor import Asked, r_script
from reviewflow.version import __version__
from reviewflow.workflow import synthesis
from reviewflow.workflow.synthesis_blocks import with_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reviewflow.domain.pooling import Pooled
    from reviewflow.storage.review import Review
    from reviewflow.workflow.pool_file import Analysis

Files = dict[str, str]


def of_table(pooled: Pooled, rows: Sequence[Mapping[str, object]], asked: Analysis, stem: str) -> Files:
    """File -> its text, for an analysis of a table.

    Args:
        pooled: The result.
        rows: The rows of the table.
        asked: What was asked of it.
        stem: Name of the script without its ending.
    """
    names = Asked(asked.study, asked.moderators, asked.subgroup, asked.cumulative)
    return _files(pooled, rows, names, stem, stem)


def of_synthesis(
    review: Review,
    name: str,
    stem: str,
    *,
    leave_one_out: bool = False,
    influence: bool = False,
    small_study: Sequence[str] = (),
    trim_and_fill: Sequence[str] = (),
) -> Files:
    """File -> its text, for a planned synthesis and the further blocks that are asked for.

    Raises:
        StateError: The synthesis is refused.
    """
    each = with_blocks(
        synthesis.run(review, None, [name])[0],
        leave_one_out=leave_one_out,
        influence=influence,
        small_study=small_study,
        trim_and_fill=trim_and_fill,
    )
    title = f"{review.protocol.title}: {name} ({each.plan.endpoint})"
    return _files(each.pooled(), each.gathered.rows, Asked("study"), title, stem)


def _files(pooled: Pooled, rows: Sequence[Mapping[str, object]], asked: Asked, title: str, stem: str) -> Files:
    made = r_script(pooled, rows, asked, title=title, stem=stem, version=__version__)
    return {f"{stem}.R": made.text, f"{stem}-data.csv": csv_text(made.table)}
