"""A review as data frames, for notebooks and scripts: `import reviewflow; reviewflow.records("my-review")`.

Nothing here writes. Votes are seen as nobody in particular sees them: reports on which all reviewers have voted.
"""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from reviewflow.storage.review import open_review
from reviewflow.workflow import extraction, identification
from reviewflow.workflow import flow as flow_
from reviewflow.workflow import synthesis as synthesis_

if TYPE_CHECKING:
    from reviewflow.storage.review import Review


def _open(folder: str | Path) -> Review:
    return open_review(Path(folder).resolve())


def records(folder: str | Path) -> pd.DataFrame:
    """One row for each record, with the report that it belongs to and its canonical fields as text."""
    text, _ = identification.records_csv(_open(folder))
    return pd.read_csv(io.StringIO(text), dtype="string", keep_default_na=False)


def searches(folder: str | Path) -> pd.DataFrame:
    """One row for each search, with the number of records that came of it."""
    return pd.DataFrame([asdict(search) for search in identification.list_searches(_open(folder))])


def answers(folder: str | Path) -> pd.DataFrame:
    """The agreed answers of extraction: one row for each study, arm, endpoint and time point."""
    return pd.DataFrame(extraction.table(_open(folder)))


def flow(folder: str | Path) -> pd.Series:
    """The counts of the flow diagram by the keys of `flow show --json`; those that are not reported are left out."""
    counts = flow_.compute(_open(folder)).to_json()
    whole = {key: n for key, n in counts.items() if type(n) is int and key != "schema"}
    return pd.Series(whole, dtype="int64")


def syntheses(folder: str | Path) -> pd.DataFrame:
    """One row for each planned synthesis: its result, or why it was refused."""
    columns = ("name", "outcome", "measure", "estimate", "ci", "words", "reported", "agrees", "refused", "n_unknown")
    rows = [each.to_json() for each in synthesis_.run(_open(folder))]
    return pd.DataFrame([{name: row[name] for name in columns} for row in rows], columns=list(columns))
