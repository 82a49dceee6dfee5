"""Lists of full texts that are sought and have not come: for a library, and letters to the authors."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.csv_text import csv_text
from reviewflow.domain.full_text.asking import addresses, citation, letter, link
from reviewflow.errors import UsageError
from reviewflow.formats import WRITERS, writer
from reviewflow.formats.workbook import write_workbook
from reviewflow.storage import origins, records, reports
from reviewflow.workflow import retrieval
from reviewflow.workflow.references import travelling_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reviewflow.domain.record import Record
    from reviewflow.storage.review import Review
    from reviewflow.workflow.retrieval import Sought

_OWN = ("csv", "xlsx", "md")
FORMATS = (*_OWN, *(name for name in WRITERS if name != "csv"))
"""What a list can be written as."""

CHOICES = {
    "waiting": retrieval.WAITING,
    "not_asked": ("",),
    "requested": ("requested",),
    "not_retrieved": ("not_retrieved",),
    "missing": (*retrieval.WAITING, "not_retrieved"),
    "retrieved": ("retrieved",),
    "all": ("", *retrieval.STATES),
}
"""Which of those sought, by where they stand; "missing" are those that have not come, given up or not."""

HEADER = (
    "report", "authors", "title", "journal", "year", "volume", "issue", "pages", "doi", "pmid", "pmcid", "issn", "kind",
    "state", "asked_on", "way", "why", "link", "id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListWritten:
    """A list as it goes out: its bytes, and how many full texts are on it."""

    content: bytes
    n: int


def chosen(review: Review, viewer_name: str, choice: str) -> list[Sought]:
    """Those of the full texts sought that stand so.

    Raises:
        UsageError: There is no such choice.
    """
    if choice not in CHOICES:
        raise UsageError(f"{choice!r} is no state of retrieval", f"one of: {', '.join(CHOICES)}")
    return [each for each in retrieval.sought(review, viewer_name) if each.state in CHOICES[choice]]


def written(review: Review, viewer_name: str, format_: str, choice: str = "missing", resolver: str = "") -> ListWritten:
    """The list of full texts in a format.

    Args:
        review: The review.
        viewer_name: In whose eyes they are sought.
        format_: One of `FORMATS`.
        choice: One of `CHOICES`.
        resolver: Address of a library's link resolver; "" for no links.

    Raises:
        UsageError: There is no such format or choice, or the address is none.
    """
    if format_ not in FORMATS:
        raise UsageError(f"{format_!r} is no format of a list", f"one of: {', '.join(FORMATS)}")
    if resolver and not resolver.startswith(("http://", "https://")):
        raise UsageError(f"{resolver!r} is no address of a link resolver", "it begins with https://")
    found = chosen(review, viewer_name, choice)
    ids = _ids(review, found)
    if format_ == "md":
        return ListWritten(_markdown(found, resolver).encode(), len(found))
    if format_ in _OWN:
        rows = [HEADER, *(_row(each, ids[each.report], resolver) for each in found)]
        content = write_workbook("Full texts", rows) if format_ == "xlsx" else csv_text(rows).encode()
        return ListWritten(content, len(found))
    stream = io.StringIO()
    tag = {"csl_json": "note", "bibtex": "note", "endnote_xml": "label", "nbib": "GN"}.get(format_, "N1")
    further = [((tag, f"p{each.report}; {ids[each.report]}" if tag == "note" else ids[each.report]),) for each in found]
    writer(format_)((each.record for each in found), stream, further)
    return ListWritten(stream.getvalue().encode(), len(found))


def _ids(review: Review, found: Sequence[Sought]) -> dict[int, str]:
    """Report -> the id by which it is known when it comes back."""
    with review.reading() as connection:
        of = origins.origins(connection, [each.report for each in found])
        return {origin.record: travelling_id(origin.key) for origin in of}


def _row(each: Sought, id_: str, resolver: str) -> tuple[str, ...]:
    record = each.record
    return (
        f"p{each.report}",
        "; ".join(record.authors),
        record.title,
        record.journal,
        str(record.year or ""),
        record.volume,
        record.issue,
        record.pages,
        record.doi,
        record.pmid,
        record.pmcid,
        "; ".join(record.issn),
        record.kind,
        each.state,
        each.asked_on,
        each.way,
        each.reason,
        _link(record, resolver),
        id_,
    )


def _link(record: Record, resolver: str) -> str:
    """Where to look: at the resolver, else by the DOI, else at the address that the record gives."""
    if resolver:
        return link(record, resolver)
    return f"https://doi.org/{record.doi}" if record.doi else record.url


def _markdown(found: Sequence[Sought], resolver: str) -> str:
    return "".join(_entry(each, resolver) for each in found)


def _entry(each: Sought, resolver: str) -> str:
    """An entry of a list that a person reads: the reference, its link, and where it stands."""
    address = _link(each.record, resolver)
    said = [each.state.replace("_", " "), each.way.replace("_", " "), each.asked_on, each.reason]
    lines = [f"- **p{each.report}** {_plain(citation(each.record))}"]
    lines += [f"  <{address}>"] if address else []
    lines += [f"  {_plain(', '.join(filter(None, said)))}"] if any(said) else []
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """The text with those signs escaped that Markdown takes for its own."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|" else sign for sign in " ".join(text.split()))


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to the authors of a report.

    Attributes:
        to: The e-mail addresses that its records give.
    """

    report: int
    to: tuple[str, ...]
    text: str


def letters(review: Review, viewer_name: str, wanted: Sequence[int], sender: str) -> list[Letter]:
    """A letter to the authors of each report.

    Args:
        review: The review.
        viewer_name: In whose eyes they are sought.
        wanted: Any record of each report.
        sender: Who signs.

    Raises:
        InputError: There is no such record.
        StateError: A report is not sought.
    """
    return list(_letters(review, viewer_name, wanted, sender))


def _letters(review: Review, viewer_name: str, wanted: Sequence[int], sender: str) -> Iterator[Letter]:
    for record in wanted:
        each, _ = retrieval.history(review, viewer_name, record)
        with review.reading() as connection:
            same = reports.members(connection, [each.report])[each.report]
            texts = [value for _, tags in records.tags_of(connection, same) for _, value in tags]
        to = addresses(texts)
        yield Letter(each.report, to, letter(each.record, to, review.protocol.title, sender))
