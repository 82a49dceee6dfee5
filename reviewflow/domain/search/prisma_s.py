"""The sixteen items of PRISMA-S, each with what the search log says of it.

Source: Rethlefsen and others 2021, doi:10.1186/s13643-020-01542-z.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DATABASES = ("database",)
_MARKS = {10: "filter:", 11: "prior work:", 14: "peer review:"}
_NOT_SAID = "not reported"


@dataclass(frozen=True, slots=True)
class Logged:
    """A search as the log has it.

    Attributes:
        id: Its number in the log.
        kind: "database", "register", "website", "organisation", "citation", "contact" or "other".
        n_records: Records that came of it.
        rerun_of: The search that it repeats, None for a first run.
        ran_here: Whether the program ran it itself.
    """

    id: int
    source: str
    kind: str
    platform: str
    strategy: str
    limits: str
    searched_on: str
    n_records: int
    n_expected: int | None
    note: str
    rerun_of: int | None = None
    ran_here: bool = False

    @property
    def name(self) -> str:
        """Source and platform."""
        return f"{self.source} ({self.platform})" if self.platform else self.source

    def marked(self, mark: str) -> str:
        """What the note says behind a mark such as "Peer review:", up to a semicolon or line end; "" if nothing."""
        for part in self.note.replace(";", "\n").split("\n"):
            if part.strip().casefold().startswith(mark):
                return part.strip()[len(mark) :].strip()
        return ""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of PRISMA-S.

    Attributes:
        group: The part of the checklist.
        state: "yes", "partly" or "no".
        words: What the log says, or what is missing in it.
    """

    number: int
    group: str
    topic: str
    state: str
    words: str


def checklist(searches: Sequence[Logged], deduplication: str) -> tuple[Item, ...]:
    """The items in order.

    Args:
        searches: The standing searches.
        deduplication: How duplicates were found, "" when they were not looked for.
    """
    answers: tuple[tuple[str, str, Callable[[], tuple[str, str]]], ...] = (
        (_SOURCES, "Database name", lambda: _databases(searches)),
        (_SOURCES, "Multi-database searching", lambda: _together(searches)),
        (_SOURCES, "Study registries", lambda: _kind(searches, ("register",))),
        (_SOURCES, "Online resources and browsing", lambda: _kind(searches, ("website", "organisation"))),
        (_SOURCES, "Citation searching", lambda: _kind(searches, ("citation",))),
        (_SOURCES, "Contacts", lambda: _kind(searches, ("contact",))),
        (_SOURCES, "Other methods", lambda: _kind(searches, ("other",))),
        (_STRATEGIES, "Full search strategies", lambda: _each(searches, lambda s: s.strategy, "the strategy")),
        (_STRATEGIES, "Limits and restrictions", lambda: _limits(searches)),
        (_STRATEGIES, "Search filters", lambda: _marked(searches, 10)),
        (_STRATEGIES, "Prior work", lambda: _marked(searches, 11)),
        (_STRATEGIES, "Updates", lambda: _updates(searches)),
        (_STRATEGIES, "Dates of searches", lambda: _each(searches, lambda s: s.searched_on, "the date")),
        (_REVIEW, "Peer review", lambda: _marked(searches, 14)),
        (_RECORDS, "Total records", lambda: _totals(searches)),
        (_RECORDS, "Deduplication", lambda: ("yes", deduplication) if deduplication else ("no", _NOT_SAID)),
    )
    return tuple(Item(n, group, topic, *answer()) for n, (group, topic, answer) in enumerate(answers, start=1))


_SOURCES, _STRATEGIES = "Information sources and methods", "Search strategies"
_REVIEW, _RECORDS = "Peer review", "Managing records"


def _first_runs(searches: Sequence[Logged]) -> list[Logged]:
    return [search for search in searches if search.rerun_of is None]


def _databases(searches: Sequence[Logged]) -> tuple[str, str]:
    found = [search for search in _first_runs(searches) if search.kind in DATABASES]
    if not found:
        return "no", "no database was searched"
    without = [search.source for search in found if not search.platform]
    words = "; ".join(dict.fromkeys(search.name for search in found))
    return ("partly", f"{words}. No platform for {', '.join(without)}") if without else ("yes", words)


def _together(searches: Sequence[Logged]) -> tuple[str, str]:
    by_platform: dict[str, list[str]] = {}
    for search in _first_runs(searches):
        if search.platform and search.kind in DATABASES:
            by_platform.setdefault(search.platform, []).append(search.source)
    shared = [f"{', '.join(names)} on {where}" for where, names in by_platform.items() if len(set(names)) > 1]
    return "yes", "; ".join(shared) or "no two databases on one platform"


def _kind(searches: Sequence[Logged], kinds: tuple[str, ...]) -> tuple[str, str]:
    found = [search for search in _first_runs(searches) if search.kind in kinds]
    words = "; ".join(search.name + (f": {search.note}" if search.note else "") for search in found)
    return ("yes", words) if found else ("no", "none in the log: say so in the report, or log it")


def _each(searches: Sequence[Logged], of: Callable[[Logged], str], what: str) -> tuple[str, str]:
    """Whether every search of a database or register says it."""
    asked = [search for search in searches if search.kind in {"database", "register"}]
    silent = [search for search in asked if not of(search)]
    if not asked or len(silent) == len(asked):
        return "no", _NOT_SAID
    said = "; ".join(f"{search.source} (search {search.id}): {of(search)}" for search in asked if of(search))
    missing = ", ".join(f"{search.source} (search {search.id})" for search in silent)
    return ("partly", f"{said}. Not said: {what} for {missing}") if silent else ("yes", said)


def _limits(searches: Sequence[Logged]) -> tuple[str, str]:
    """A search that was run here without a limit had none; elsewhere an empty cell says nothing."""
    return _each(searches, lambda s: s.limits or ("none" if s.ran_here else ""), "limits, or that there were none,")


def _marked(searches: Sequence[Logged], number: int) -> tuple[str, str]:
    mark = _MARKS[number]
    said = [f"{search.source}: {search.marked(mark)}" for search in searches if search.marked(mark)]
    return (
        ("yes", "; ".join(said)) if said else ("no", f'{_NOT_SAID}: begin a search\'s note with "{mark.capitalize()}"')
    )


def _updates(searches: Sequence[Logged]) -> tuple[str, str]:
    again = [search for search in searches if search.rerun_of is not None]
    words = "; ".join(f"search {s.rerun_of} was run again on {s.searched_on}, {s.n_records} new" for s in again)
    return ("yes", words) if again else ("no", "no search was run again")


def _totals(searches: Sequence[Logged]) -> tuple[str, str]:
    if not searches:
        return "no", _NOT_SAID
    differ = [search for search in searches if search.n_expected not in {None, search.n_records}]
    words = "; ".join(f"{search.source} (search {search.id}): {search.n_records}" for search in searches)
    wrong = "; ".join(f"{search.source} showed {search.n_expected}" for search in differ)
    return ("partly", f"{words}. But {wrong}") if differ else ("yes", words)
