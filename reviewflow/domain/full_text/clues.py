"""Tells which report a file belongs to, by its name and by the DOI inside; only where nothing speaks against it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from unicodedata import normalize
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reviewflow.domain.record import Record

_COPY: Final = re.compile(r"(?:\s*\(\d{1,2}\)|[ _-]copy)+$", re.IGNORECASE)
_ID: Final = re.compile(r"([pr])([1-9]\d{0,9})(?=$|[\s_.,()-])", re.IGNORECASE)
_NUMBER: Final = re.compile(r"(?<![a-z0-9])(pmid[\s_:-]{0,2}|pmc)?(\d{1,9})(?![a-z0-9])", re.IGNORECASE)
_DOI: Final = re.compile(r"(?<![0-9.])10\.\d{4,9}[\s/_:%-].+", re.IGNORECASE)
_SAYS_NOTHING: Final = frozenset(
    [
        "al",
        "and",
        "article",
        "et",
        "final",
        "full",
        "fulltext",
        "journal",
        "main",
        "paper",
        "pdf",
        "study",
        "text",
        "the",
    ]
)
_SOMETHING_ELSE: Final = frozenset(
    [
        *("appendix", "comment", "correction", "corrigendum", "erratum", "protocol", "reply", "response", "retraction"),
        *("supp", "suppl", "supplement", "supplementary", "supporting", "table", "tables", "figure", "figures"),
    ]
)
"""What a name says of a file that goes with a report and is not its full text."""
_ENDING: Final = re.compile(r"[\s._-]+(?:main|full|fulltext|pdf|article|final)$", re.IGNORECASE)
_SHORTEST_PMID: Final = 5  # a smaller number in a name is a year, a page or a count
_TITLE_WORDS: Final = 4
"""A title of fewer words is that of many: "Reply to the authors" is one."""
_SHARED: Final = 2
"""So many words of a title tell it beside author and year."""
_TITLE_LETTERS: Final = 40
"""So many letters from its beginning stand for a title that was cut short."""


@dataclass(frozen=True, slots=True)
class Inside:
    """What a file tells of itself.

    Attributes:
        own: DOIs that its metadata give as its own.
        printed: DOIs that stand on its first page.
    """

    own: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """Which report a file belongs to.

    Attributes:
        report: Its report; None where that is not certain.
        candidates: The reports that it may belong to, where there are some.
        why: What told it; or why it is not certain.
    """

    report: int | None
    candidates: tuple[int, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Clue:
    """What one piece of a name or a file leads to: no report for one that none of those sought has."""

    words: str
    reports: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Known:
    """The words of a report that is sought.

    Attributes:
        in_order: Of its title.
        title: The same as a set.
        family: The first author's family name, which may be of several words.
        told: All that a name may hold: title, authors and year.
    """

    in_order: list[str]
    title: frozenset[str]
    family: frozenset[str]
    told: frozenset[str]

    @classmethod
    def of(cls, record: Record) -> _Known:
        """The words of a record."""
        title = _in_order(record.title)
        family = _words(record.authors[0].partition(",")[0]) if record.authors else frozenset[str]()
        beside = _words(" ".join(record.authors)) | {str(record.year or "")}
        return cls(title, frozenset(title), family, frozenset(title) | beside)


class Finder:
    """Finds the reports of files.

    Args:
        sought: Report -> its fields, of those that are sought.
        records: Record -> its report, for these and for any others that a name may give.
    """

    def __init__(self, sought: Mapping[int, Record], records: Mapping[int, int]) -> None:
        self._sought = sought
        self._records = records
        self._by: dict[str, dict[str, set[int]]] = {name: defaultdict(set) for name in ("doi", "pmid", "pmcid")}
        for report, record in sought.items():
            for name, value in (("doi", _squashed(record.doi)), ("pmid", record.pmid), ("pmcid", record.pmcid[3:])):
                if value:
                    self._by[name][value].add(report)
        self._known = {report: _Known.of(record) for report, record in sought.items()}

    def place(self, stem: str, inside: Inside) -> Placed:
        """The report of a file.

        Args:
            stem: Its name without the ending.
            inside: What it tells of itself.
        """
        name = _COPY.sub("", normalize("NFC", unquote(stem))).strip()
        found = self._place(name, inside)
        if found.report is None:
            return found
        other = sorted((_words(name) & _SOMETHING_ELSE) - self._known[found.report].title)
        return Placed(None, (found.report,), f"its name says that it is something else: {other[0]}") if other else found

    def _place(self, name: str, inside: Inside) -> Placed:
        clues = [*self._identifiers(name), *self._of_metadata(inside)]
        authored = self._authored(name)
        titled = self._titled(name, authored)
        clues += [titled] if titled else []
        if clues:
            return self._together(self._without_new_doi(clues, inside), authored)
        return self._printed(inside.printed, authored) if inside.printed else self._authored_only(authored)

    def _without_new_doi(self, clues: list[_Clue], inside: Inside) -> list[_Clue]:
        """The clues without a DOI in the file that is sought nowhere, where the others lead to a report without one."""
        others = [clue for clue in clues if clue.reports]
        common = frozenset.intersection(*(clue.reports for clue in others)) if others else frozenset()
        has_none = len(common) == 1 and not self._sought[next(iter(common))].doi
        return others if has_none and inside.own and len(others) == len(clues) - 1 else clues

    def _together(self, clues: list[_Clue], authored: frozenset[int]) -> Placed:
        """What all clues lead to."""
        every = frozenset[int]().union(*(clue.reports for clue in clues))
        if not every:
            return Placed(None, (), f"no full text is sought that has {' or '.join(clue.words for clue in clues)}")
        common = frozenset.intersection(*(clue.reports for clue in clues))
        words = ", ".join(clue.words for clue in clues)
        if len(common) == 1 and (not authored or authored & common):
            return Placed(next(iter(common)), (), words)
        if len(common) > 1:
            return Placed(None, tuple(sorted(common)), f"{words}: of several reports")
        others = f"; author and year are those of {_listed(authored)}" if common else ""
        told = ", ".join(f"{clue.words} ({_listed(clue.reports) or 'of none sought'})" for clue in clues)
        return Placed(None, tuple(sorted(every | authored)), f"not all agree: {told}{others}")

    def _printed(self, dois: tuple[str, ...], authored: frozenset[int]) -> Placed:
        """What the DOIs on the first page lead to. Where there are several, one may be that of what it speaks of."""
        reports = frozenset[int]().union(*map(self._of_doi, dois))
        if len(dois) == 1:
            return self._together([_Clue(f"the DOI on its first page, {dois[0]}", reports)], authored)
        if len(reports & authored) == 1:
            return Placed(next(iter(reports & authored)), (), "a DOI on its first page, author and year")
        if reports | authored:
            return Placed(None, tuple(sorted(reports | authored)), f"{len(dois)} DOIs stand on its first page")
        return Placed(None, (), f"no full text is sought that has a DOI on its first page, {dois[0]}")

    @staticmethod
    def _authored_only(authored: frozenset[int]) -> Placed:
        if not authored:
            return Placed(None, (), "neither its name nor a DOI inside is that of a full text that is sought")
        return Placed(None, tuple(sorted(authored)), "only author and year agree")

    def _identifiers(self, name: str) -> Iterator[_Clue]:
        """The clues of ids, DOIs and numbers in a name."""
        doi = _DOI.search(name)
        own = _ID.match(name)
        if own:
            yield from self._own_id(own, name[own.end() : doi.start() if doi else None])
        if doi:
            yield _Clue("the DOI in its name", self._of_doi(doi.group()))
            name = name[: doi.start()]
        for before, digits in _NUMBER.findall(name):
            yield from self._numbered(before.lower(), digits.lstrip("0"), alone=name.strip() == digits)

    def _own_id(self, found: re.Match[str], rest: str) -> Iterator[_Clue]:
        """A report's own id. Before other words it counts with one of the report's: p53 is also a gene."""
        letter, digits = found.groups()
        report = self._records.get(int(digits))
        further = _words(rest) - _SAYS_NOTHING - _SOMETHING_ELSE
        if report is None or report not in self._known:
            if not further:
                yield _Clue(f"the id {letter.lower()}{digits}", frozenset())
        elif not further or _telling(further) & self._known[report].told:
            yield _Clue(f"the id {letter.lower()}{digits}", frozenset([report]))

    def _numbered(self, before: str, digits: str, *, alone: bool) -> Iterator[_Clue]:
        if before == "pmc":
            yield _Clue(f"PMC{digits}", frozenset(self._by["pmcid"].get(digits, ())))
            return
        reports = frozenset(self._by["pmid"].get(digits, ()))
        is_meant = bool(before) or (alone and len(digits) >= _SHORTEST_PMID)
        if is_meant or (reports and len(digits) >= _SHORTEST_PMID):
            yield _Clue(f"the PubMed number {digits}", reports)

    def _of_metadata(self, inside: Inside) -> Iterator[_Clue]:
        if inside.own:
            reports = frozenset[int]().union(*map(self._of_doi, inside.own))
            yield _Clue(f"the DOI in the file, {inside.own[0]}", reports)

    def _of_doi(self, doi: str) -> frozenset[int]:
        """The reports that have a DOI, however its signs are written: a file's name holds no slash."""
        # Behind it may stand a word more, after a space: "10.1000_x.12 main".
        ends = [len(doi), *(found.start() for found in re.finditer(r"[\s(]", doi))]
        for end in sorted(ends, reverse=True):
            for written in (doi[:end], _ENDING.sub("", doi[:end])):
                if _squashed(written) in self._by["doi"]:
                    return frozenset(self._by["doi"][_squashed(written)])
        return frozenset()

    def _authored(self, name: str) -> frozenset[int]:
        """The reports whose first author and year a name holds."""
        words = _words(name)
        return frozenset(
            report
            for report, known in self._known.items()
            if known.family and known.family <= words and str(self._sought[report].year or "none") in words
        )

    def _titled(self, name: str, authored: frozenset[int]) -> _Clue | None:
        """The reports whose title a name holds: whole, its beginning, or enough of its words beside author and year."""
        said = _in_order(name)
        words, found = frozenset(said), set()
        for report, known in self._known.items():
            shared = _telling(words & known.title - _SAYS_NOTHING - known.family)
            further = words - known.told - _SAYS_NOTHING
            fits = report in authored and len(shared) >= _SHARED and len(shared) > len(further)
            if fits or _begins_with(said, known.in_order, known.told - known.title | _SAYS_NOTHING):
                found.add(report)
        return _Clue("its title", frozenset(found)) if found else None


def _begins_with(said: list[str], title: list[str], beside: frozenset[str]) -> bool:
    """Whether a name holds a title, or a long beginning of it, with nothing around it but what is `beside`."""
    for cut in range(len(said)):
        if cut and said[cut - 1] not in beside:
            return False
        if _is_title(said[cut:], title, beside):
            return True
    return False


def _is_title(words: list[str], title: list[str], beside: frozenset[str]) -> bool:
    if len(title) >= _TITLE_WORDS and words[: len(title)] == title:
        return set(words[len(title) :]) <= beside
    # A name that was cut short ends within a word.
    *whole, last = words
    is_part = len(words) <= len(title) and whole == title[: len(whole)] and title[len(whole)].startswith(last)
    return is_part and len("".join(words)) >= _TITLE_LETTERS


def _telling(words: frozenset[str]) -> frozenset[str]:
    """Those of some words that are long enough to tell something: "in" and "of" are in every title."""
    return frozenset(word for word in words if len(word) >= 4)


def _squashed(doi: str) -> str:
    """The letters and digits of a DOI: what is left of it in a file's name, whatever its signs became."""
    return "".join(sign for sign in unquote(doi).lower() if sign.isalnum())


def _in_order(text: str) -> list[str]:
    """The words of a text in small letters, without accents, in their order."""
    plain = normalize("NFKD", text).casefold()
    kept = "".join(sign if sign.isalnum() else " " for sign in plain if not _is_accent(sign))
    return kept.split()


def _is_accent(sign: str) -> bool:
    return "\u0300" <= sign <= "\u036f"


def _words(text: str) -> frozenset[str]:
    return frozenset(_in_order(text))


def _listed(reports: Iterable[int]) -> str:
    return ", ".join(f"p{report}" for report in sorted(reports) if report)
