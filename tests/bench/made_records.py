"""Makes records of an invented literature by a fixed seed, as several databases write them, with the truth.

About 36 % of the records are duplicates, in clusters of two to four: one database abbreviates the journal, gives
initials, leaves out the DOI, prints the title in capitals, cuts the abstract, counts the year of the article in press.
Beside them stand the reports that only look like duplicates: part I and part II, the congress abstract of a paper, the
editorial of every issue, the report of every year, the erratum, the registration, the sister papers of one group.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Final

from reviewflow.domain.record import Record
from tests.bench.made_pools import GIVEN, LITTLE, OPENINGS, SERIALS, SUBTITLES, YEARLY, pools
from tests.bench.made_variants import DATABASES, as_written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.bench.made_pools import Journal, Pools

SEED: Final = 20_200_329
COLUMNS: Final = (
    "record_id", "cluster_id", "entry_type", "author", "title", "year", "journal", "volume", "issue", "pages", "doi",
    "pmid", "abstract", "source_db",
)  # fmt: skip
# How many databases hold a report; by this 36 % of the records are duplicates.
_HELD_BY: Final = (1,) * 61 + (2,) * 26 + (3,) * 10 + (4,) * 3
_TYPES: Final = {"conference": "Conference Abstract", "registry": "Trial Registry Record"}


@dataclass(frozen=True, slots=True)
class Made:
    """A made record.

    Attributes:
        report: Number of the report it is of: the truth.
        record: Its fields.
        source: The database that holds it.
    """

    report: int
    record: Record
    source: str


def made_records(n: int, seed: int = SEED) -> list[Made]:
    """That many records, in an order by chance."""
    rng = Random(seed)  # noqa: S311 - a fixed seed, not a secret
    found: list[Made] = []
    for number, report in enumerate(_reports(rng, pools(rng))):
        sources = rng.sample(DATABASES, rng.choice(_HELD_BY))
        found += (Made(number, as_written(rng, report, source), source) for source in sources)
        if len(found) >= n:
            break
    del found[n:]
    rng.shuffle(found)
    return found


def as_csv(records: Iterable[Made], first: int = 1) -> bytes:
    """The records as a table, with the truth in the column cluster_id."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for number, made in enumerate(records, first):
        r = made.record
        rows.writerow(
            (f"m{number:07}", f"c{made.report:07}", _TYPES.get(r.kind, "Journal Article"), " and ".join(r.authors),
             r.title, r.year, r.journal, r.volume, r.issue, r.pages, r.doi, r.pmid, r.abstract, made.source)
        )  # fmt: skip
    return text.getvalue().encode()


def _reports(rng: Random, known: Pools) -> Iterator[Record]:
    """Reports without end: groups of people, each with several on its subject."""
    while True:
        people = [_person(rng, known) for _ in range(rng.randint(4, 12))]
        subject = known.words.some(rng, 3)
        home = [known.journal(rng) for _ in range(3)]
        for _ in range(min(14, 1 + int(rng.expovariate(0.3)))):
            journal = rng.choice(home) if rng.random() < 0.5 else known.journal(rng)
            report = _report(rng, known, journal, people, subject)
            yield report
            yield from _siblings(rng, known, report, journal)


def _report(rng: Random, known: Pools, journal: Journal, people: list[str], subject: list[str]) -> Record:
    lead = people[0] if rng.random() < 0.4 else rng.choice(people)
    others = rng.sample(people, rng.randint(1, len(people)))
    year = min(2024, 1985 + int(40 * rng.random() ** 0.6))
    printed = Record(
        title=_title(rng, known, subject),
        authors=tuple(dict.fromkeys([lead, *others])),
        year=max(year, journal.first_year + 1),
        journal=journal.name,
        journal_abbreviation=journal.abbreviation,
        abstract=_abstract(rng, known, subject) if rng.random() < 0.86 else "",
    )
    return _placed(rng, printed, journal)


def _placed(rng: Random, report: Record, journal: Journal) -> Record:
    """The report in its volume and on its pages, with its numbers."""
    year = report.year or 0
    issue = rng.randint(1, 12)
    first = 150 * (issue - 1) + rng.randint(1, 150)
    pages = str(rng.randint(1, 99999)) if journal.is_online else f"{first}-{first + rng.randint(2, 14)}"
    return replace(
        report,
        volume=str(year - journal.first_year),
        issue=str(issue),
        pages=f"e{pages}" if journal.is_online else pages,
        doi=f"10.{5000 + len(journal.code) * 7}/{journal.code}.{year}.{rng.randrange(10**6):06}" if year > 1999 else "",
        pmid=str(rng.randint(3_000_000, 39_999_999)),
    )


def _person(rng: Random, known: Pools) -> str:
    given = rng.choice(GIVEN) + (f" {rng.choice('ABCDEFGHJKLMPRSTW')}." if rng.random() < 0.4 else "")
    return f"{known.families.draw(rng)}, {given}"


def _title(rng: Random, known: Pools, subject: list[str]) -> str:
    words = [w for w in subject if rng.random() < 0.4]
    words += known.words.some(rng, rng.randint(4, 9) if rng.random() < 0.9 else rng.randint(1, 3))
    rng.shuffle(words)
    phrase = [words[0]]
    for word in words[1:]:
        phrase += [rng.choice(LITTLE), word] if rng.random() < 0.5 else [word]
    text = " ".join(phrase)
    text = f"{rng.choice(OPENINGS)} {text}" if rng.random() < 0.5 else text[0].upper() + text[1:]
    chance = rng.random()
    if chance < 0.25:
        return f"{text}: {rng.choice(SUBTITLES)}"
    return f"{text} in {rng.randint(12, 980)} patients" if chance < 0.28 else text


def _abstract(rng: Random, known: Pools, subject: list[str]) -> str:
    """Some 60 to 330 words in sentences, with headings in every third."""
    sentences = []
    for _ in range(rng.randint(4, 15)):
        words = known.prose.some(rng, rng.randint(10, 26))
        words[rng.randrange(len(words))] = rng.choice(subject)
        if rng.random() < 0.4:
            words.append(f"({rng.randint(1, 99)}.{rng.randint(0, 9)}%, p = 0.{rng.randint(1, 999):03})")
        sentences.append(" ".join(words).capitalize() + ".")
    if rng.random() < 0.35:
        at = len(sentences) // 4
        headings = ("BACKGROUND: ", "METHODS: ", "RESULTS: ", "CONCLUSIONS: ")
        for heading, place in zip(headings, (0, at, 2 * at, len(sentences) - 1), strict=True):
            sentences[place] = heading + sentences[place]
    return " ".join(sentences)


def _siblings(rng: Random, known: Pools, report: Record, journal: Journal) -> Iterator[Record]:
    """Reports that look like this one and are others."""
    chance = rng.random()
    year = report.year or 0
    if chance < 0.030:
        volume, issue = str(max(1, int(report.volume) - 1)), f"{rng.randint(1, 12)} Suppl. 1"
        words, pages = _abstract(rng, known, report.title.split()[:3]), f"S{rng.randint(1, 900)}"
        abstract = replace(report, kind="conference", year=year - 1, volume=volume, issue=issue, pages=pages)
        yield replace(abstract, abstract=words, doi="", pmid="")
    elif chance < 0.038:
        other = _placed(rng, replace(report, abstract=_abstract(rng, known, report.title.split()[:3])), journal)
        yield replace(other, title=f"{report.title}. Part II")
        yield replace(_placed(rng, other, journal), title=f"{report.title}. Part III")
    elif chance < 0.043:
        erratum = replace(report, title=f"Erratum: {report.title}", abstract="", year=year + rng.randint(0, 1))
        yield _placed(rng, erratum, journal)
    elif chance < 0.053:
        number = f"NCT{rng.randrange(10**8):08}"
        yield replace(
            report, kind="registry", journal="ClinicalTrials.gov", journal_abbreviation="", volume="", issue="",
            pages="", doi="", pmid="", year=year - 3, abstract="", registry_ids=(number,),
        )  # fmt: skip
    elif chance < 0.056:
        serial = replace(report, title=rng.choice(SERIALS), abstract="", authors=report.authors[:1])
        for later in range(rng.randint(1, 8)):
            yield _placed(rng, replace(serial, year=year + later // 4), journal)
    elif chance < 0.058:
        subject = " ".join(report.title.split()[-2:])
        title = f"{rng.choice(YEARLY)} {subject}"
        for later in range(rng.randint(2, 6)):
            words = _abstract(rng, known, subject.split())
            yearly = replace(report, title=f"{title}, {year + later}", year=year + later, abstract=words)
            yield _placed(rng, yearly, journal)
