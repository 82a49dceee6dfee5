"""Attaches files to the reports that they are full texts of, many at once; what is not certain is listed instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.full_text.clues import Finder, Inside, Placed
from reviewflow.domain.full_text.content import PDF, check_content
from reviewflow.domain.words import counted
from reviewflow.errors import InputError, StateError
from reviewflow.formats.pdf import dois_inside, own_dois
from reviewflow.storage import reports
from reviewflow.storage.blobs import sha256_of
from reviewflow.storage.retrieval import Retrieval
from reviewflow.workflow import retrieval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.storage.review import Review
    from reviewflow.workflow.retrieval import Manner, Sought

MATCHED, SAME, OTHER, AMBIGUOUS, UNMATCHED, REFUSED = (
    "matched", "same", "has another", "ambiguous", "unmatched", "refused",
)  # fmt: skip
"""What becomes of a file. `SAME`: it is there already; `OTHER`: its report has another file, which stays."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that may be a full text.

    Attributes:
        name: Its name.
        read: Gives its bytes; called once to look at it, and once more to keep it.
    """

    name: str
    read: Callable[[], bytes]

    @property
    def stem(self) -> str:
        """The name without its ending."""
        front, dot, end = self.name.rpartition(".")
        return front if dot and front and len(end) <= 5 and end.isalnum() else self.name


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a file.

    Attributes:
        file: Its name.
        state: One of `MATCHED`, `SAME`, `OTHER`, `AMBIGUOUS`, `UNMATCHED`, `REFUSED`.
        report: The report that it belongs to, None where that is not certain.
        candidates: Reports that it may belong to, with their titles.
        why: What told it, or why not.
        warning: What a person should look at, "" for nothing.
    """

    file: str
    state: str
    report: int | None
    candidates: tuple[tuple[int, str], ...]
    why: str
    warning: str = ""


def attach(
    review: Review,
    act: Act,
    offered: Sequence[Offered],
    manner: Manner,
    *,
    any_kind: bool = False,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Outcome]:
    """Keep the files whose reports are certain as their full texts; all in one change.

    Args:
        review: The review.
        act: Who acts; only reports that this person may know to be sought are looked at.
        offered: The files.
        manner: The way in which they came.
        any_kind: Whether files that are no PDFs may be kept.
        dry_run: Whether only to say what would be done.
        progress: Called with (done, total).

    Returns:
        What becomes of each file, in their order.

    Raises:
        StateError: Nothing is sought.
        UsageError: The way is not known, or the day is none.
    """
    retrieval.check_manner(act, manner)
    sought = {each.report: each for each in retrieval.sought(review, act.reviewer)}
    if not sought:
        raise StateError("no full text is sought yet", "screen titles and abstracts first: reviewflow screen")
    finder = Finder({report: each.record for report, each in sought.items()}, _homes(review))
    looked = [_looked_at(file, finder, any_kind=any_kind) for file in _counted(offered, progress)]
    outcomes = _settled(looked, sought)
    if not dry_run:
        _keep(review, act, list(zip(offered, outcomes, strict=True)), manner)
    return outcomes


def _counted(offered: Sequence[Offered], progress: Callable[[int, int], None]) -> Iterable[Offered]:
    for n, file in enumerate(offered):
        progress(n, len(offered))
        yield file


def _homes(review: Review) -> dict[int, int]:
    """Record -> its report, for all."""
    with review.reading() as connection:
        return {record: report for report, same in reports.members(connection).items() for record in same}


@dataclass(frozen=True, slots=True)
class _Looked:
    """A file as it was looked at."""

    name: str
    sha256: str
    placed: Placed
    refusal: str = ""


def _looked_at(file: Offered, finder: Finder, *, any_kind: bool) -> _Looked:
    try:
        content = file.read()
        kind = check_content(file.name, content, any_kind=any_kind)
    except InputError as error:
        return _Looked(file.name, "", Placed(None), error.what.removeprefix(f"{file.name} "))
    own = own_dois(content) if kind == PDF else ()
    placed = finder.place(file.stem, Inside(own))
    if placed.report is None and kind == PDF:
        placed = finder.place(file.stem, Inside(*dois_inside(content)))
    return _Looked(file.name, sha256_of(content), placed)


def _settled(looked: Sequence[_Looked], sought: Mapping[int, Sought]) -> list[Outcome]:
    """What becomes of each file, seen beside the others and beside what the reports have."""
    of_report: dict[int, set[str]] = {}
    for each in looked:
        if each.placed.report is not None:
            of_report.setdefault(each.placed.report, set()).add(each.sha256)
    owners = {each.sha256: each.placed.report for each in reversed(looked) if each.placed.report is not None}
    owners |= {each.sha256: report for report, each in sought.items() if each.sha256}
    named: set[tuple[int, str]] = set()
    found = []
    for each in looked:
        state, why = _state(each, sought, of_report)
        report = each.placed.report
        if state == MATCHED and report is not None:
            if (report, each.sha256) in named:
                state = SAME
            named.add((report, each.sha256))
        candidates = each.placed.candidates if report is None else (report,) if state == AMBIGUOUS else ()
        titled = tuple((id_, sought[id_].record.title) for id_ in candidates)
        certain = report if state in {MATCHED, SAME, OTHER} else None
        found.append(Outcome(each.name, state, certain, titled, why, _warning(each, certain, owners)))
    return found


def _state(each: _Looked, sought: Mapping[int, Sought], of_report: Mapping[int, set[str]]) -> tuple[str, str]:
    report = each.placed.report
    if each.refusal:
        return REFUSED, each.refusal
    if report is None:
        return (AMBIGUOUS if each.placed.candidates else UNMATCHED), each.placed.why
    there = sought[report]
    if there.sha256 == each.sha256:
        return SAME, each.placed.why
    if len(of_report[report]) > 1:
        return AMBIGUOUS, f"several different files lead to p{report}"
    if there.sha256:
        return (
            OTHER,
            f"p{report} has {there.name}; to put this one in its place: reviewflow fulltext add p{report} FILE",
        )
    return MATCHED, each.placed.why


def _warning(each: _Looked, report: int | None, owners: Mapping[str, int]) -> str:
    """Where the very same file is the full text of another report."""
    other = owners.get(each.sha256)
    if report is None or other is None or other == report:
        return ""
    return f"the very same file is the full text of p{other}: one report twice, or the wrong file"


def _keep(review: Review, act: Act, pairs: Sequence[tuple[Offered, Outcome]], manner: Manner) -> None:
    """Write what is certain, in one change."""
    new = [(file, outcome.report) for file, outcome in pairs if outcome.state == MATCHED and outcome.report is not None]
    if not new:
        return
    with review.change(act) as entry:
        steps = [Retrieval(report, "retrieved", "", review.blobs.keep(file.read()), file.name) for file, report in new]
        n = retrieval.write_steps(entry, steps, {report: report for _, report in new}, manner)
        entry.note = f"{counted(n, 'full text')} retrieved"
