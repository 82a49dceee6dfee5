"""Reads the short ids that people type, r17 a record, p4 a report, s3 a study; and the ids that travel with records."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reviewflow.errors import UsageError
from reviewflow.storage import reports

if TYPE_CHECKING:
    from reviewflow.domain.record import Tags
    from reviewflow.storage.engine import Connection

TRAVELS_AS = "reviewflow-"
"""How the ids begin that go out with records."""

_ID = re.compile(r"([rp])([1-9][0-9]{0,17})", re.IGNORECASE)
_TRAVELLING = re.compile(r"reviewflow-([0-9a-f]{12}-[1-9][0-9]{0,8})(?![0-9])")


def travelling_id(key: str) -> str:
    """The id under which a record goes out to other programs: no other record of any review has it.

    Args:
        key: Of the record's origin.
    """
    return f"{TRAVELS_AS}{key}"


def travelling_key(tags: Tags) -> str:
    """The key in the travelling id of a record that comes back, in whatever tag the other program kept it; else ""."""
    found = (_TRAVELLING.search(value) for _, value in tags if "reviewflow-" in value)
    return next((each.group(1) for each in found if each), "")


def record_id(text: str) -> int:
    """The record that a short id names; a report is named by its lowest record.

    Raises:
        UsageError: It is no short id.
    """
    found = _ID.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no id of a record or report", "write r17 for a record or p4 for a report")
    number = int(found.group(2))
    return reports.NamedAsReport(number) if found.group(1) in {"p", "P"} else number


def report_id(connection: Connection, text: str) -> int:
    """The report that a short id names now: after a merge the other name leads to it too.

    Raises:
        UsageError: It is no short id.
        InputError: There is no such record.
    """
    return reports.report_of(connection, record_id(text))
