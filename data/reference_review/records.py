"""A work as each database shows it: the record's own fields, before they are written in the database's layout."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from data.reference_review.grammar import Author, Sections

if TYPE_CHECKING:
    from data.reference_review.works import Work

PUBMED, EMBASE, WOS, COCHRANE = "PubMed", "Embase", "Web of Science", "Cochrane Library"
SOURCES = {"P": PUBMED, "E": EMBASE, "W": WOS, "C": COCHRANE}

_BRITISH = (
    ("leukemi", "leukaemi"), ("pediatric", "paediatric"), ("tumor", "tumour"), ("hemato", "haemato"),
    ("hemophago", "haemophago"), ("center", "centre"), ("randomized", "randomised"), ("globulinemia", "globulinaemia"),
    ("humanized", "humanised"),
)  # fmt: skip
_SMALL = {
    "a",
    "after",
    "and",
    "as",
    "by",
    "during",
    "for",
    "from",
    "in",
    "of",
    "on",
    "or",
    "the",
    "to",
    "with",
    "under",
}
_UNFOLDED = str.maketrans({"ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "ł": "l", "Ł": "L", "ß": "ss"})
_GREEK = str.maketrans({"A": "\u0391", "M": "\u039c"})


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One record of one database.

    Attributes:
        accession: The database's own number for it.
        year: As this database gives it; the work's own may differ by one.
        end_page: Empty for a single page.
        article_number: In place of pages.
        in_press: Whether volume and pages were not known yet.
        pattern: Names of what was altered.
    """

    work: Work
    source: str
    accession: str
    title: str
    authors: tuple[Author, ...]
    journal: str
    year: int
    volume: str
    issue: str
    start_page: str
    end_page: str
    article_number: str
    doi: str
    pmid: str
    abstract: Sections
    in_press: bool
    pattern: tuple[str, ...]


def british(text: str) -> str:
    """The text in British spelling."""
    for american, spelling in _BRITISH:
        text = text.replace(american, spelling).replace(american.capitalize(), spelling.capitalize())
    return text


def title_case(text: str) -> str:
    """The text with capitals on all but the small words."""
    cased = [word if word.lower() in _SMALL else word[:1].upper() + word[1:] for word in text.split(" ")]
    return " ".join(cased)[:1].upper() + " ".join(cased)[1:]


def folded(text: str) -> str:
    """The text without diacritics."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_UNFOLDED))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def without_angles(text: str) -> str:
    """The text as a program leaves it that takes "<18 years ... grade >" for a tag."""
    return re.sub(r"<[^>]*(>|$)", "", text)


def _pages(work: Work) -> tuple[str, str, str]:
    """First page, last page and article number."""
    if re.fullmatch(r"e\d{4,}|\d{6}", work.pages):
        return "", "", work.pages
    first, _, last = work.pages.partition("-")
    return first, last, ""


def _plain(work: Work, letter: str, accession: str) -> SourceRecord:
    """The record without anything altered."""
    prefix = {"P": "pubmed:", "E": "embase:", "W": "wos:", "C": "cochrane:"}[letter]
    first, last, number = _pages(work)
    return SourceRecord(
        work=work,
        source=SOURCES[letter],
        accession=accession,
        title=work.full_title,
        authors=work.authors,
        journal=work.journal.name,
        year=work.year,
        volume=work.volume,
        issue=work.issue,
        start_page=first,
        end_page=last,
        article_number=number,
        doi=work.doi,
        pmid=work.pmid,
        abstract=work.abstract,
        in_press=False,
        pattern=tuple(sorted(trait.removeprefix(prefix) for trait in work.traits if trait.startswith(prefix))),
    )


def _in_press(record: SourceRecord) -> SourceRecord:
    return replace(record, volume="", issue="", start_page="", end_page="", article_number="", in_press=True)


def pubmed_record(work: Work, accession: str) -> SourceRecord:
    """The record in PubMed, which is filed under its PMID."""
    record = _plain(work, "P", accession)
    title = record.title
    if work.kind == "erratum":
        title = f"Corrigendum: {title}"
    if work.vernacular:
        title = f"[{title}]"
    if "group-author" in record.pattern:
        record = replace(record, authors=())
    if "short-pages" in record.pattern and len(record.end_page) == len(record.start_page) > 1:
        same = len([1 for a, b in zip(record.start_page, record.end_page, strict=True) if a == b])
        shared = next((n for n in range(same, 0, -1) if record.start_page[:n] == record.end_page[:n]), 0)
        record = replace(record, end_page=record.end_page[shared:])
    return replace(record, title=title if title.endswith(("?", "!")) else f"{title}.")


def embase_record(work: Work, accession: str, *, twin: bool = False) -> SourceRecord:
    """The record in Embase; its twin is the article in press that it was."""
    record = _plain(work, "E", accession)
    has = set(record.pattern)
    title = work.second_title or record.title
    if "subtitle-cut" in has:
        title = re.split(r"[:?] ", title)[0]
    if "british" in has:
        title = british(title)
    if "title-case" in has:
        title = title_case(title)
    if work.kind == "erratum":
        title = f"Erratum: {title} ({work.journal.name} ({work.year}) {work.volume} {work.issue} ({work.corrects}))"
    abstract = () if "no-abstract" in has else work.abstract
    if "abstract-cut" in has:
        abstract = tuple((heading, without_angles(text)) for heading, text in abstract)
    record = replace(
        record,
        title=title,
        authors=_embase_authors(work.authors, has),
        journal="Multiple Myeloma and Other Plasma Cell Neoplasms" if "wrong-journal" in has else record.journal,
        year=work.epub_year if "epub-year" in has else record.year,
        doi=_embase_doi(record.doi, has),
        pmid="" if "no-pmid" in has else record.pmid,
        abstract=abstract,
        pattern=tuple(name for name in record.pattern if name != "keep-doi" and not name.startswith("twi")),
    )
    if not twin:
        return record
    doi = "" if "twin-no-doi" in has else record.doi
    if "twin-retitled" in has:
        record = replace(record, title=f"{work.title}: a first report", pattern=(*record.pattern, "retitled"))
    year = work.year - 1 if work.month < 7 else work.year
    return replace(_in_press(record), doi=doi, pmid="", year=year, pattern=(*record.pattern, "article-in-press"))


def _embase_doi(doi: str, has: set[str]) -> str:
    """The DOI, or none, or one with two digits of its serial number exchanged."""
    if "doi-typo" in has:
        return f"{doi[:-4]}{doi[-3]}{doi[-4]}{doi[-2:]}"
    return "" if "no-doi" in has else doi


def _embase_authors(authors: tuple[Author, ...], has: set[str]) -> tuple[Author, ...]:
    if not authors:
        return authors
    first, *others = authors
    if "prefix-dropped" in has:
        first = Author(re.sub(r"^([a-z]+ )+", "", first.family), first.given)
    if "names-swapped" in has:
        first = Author(first.given, first.family)
    if "greek-capitals" in has:
        first = Author(first.family.translate(_GREEK), first.given.translate(_GREEK))
    return (first, *others)


def wos_record(work: Work, accession: str) -> SourceRecord:
    """The record in Web of Science, in capitals and plain letters."""
    record = _plain(work, "W", accession)
    has = set(record.pattern)
    title = title_case(record.title) if "title-case" in has else record.title
    if work.kind == "erratum" and "bare-erratum" not in has:
        title = f"{title} (vol {work.volume}, pg {work.corrects.split('-')[0]}, {work.year})"
    if "plain-pages" in has:
        first, last = record.start_page.removeprefix("S"), record.end_page.removeprefix("S")
        record = replace(record, start_page=first, end_page=last)
    folds = any(folded(author.family) != author.family for author in work.authors)
    record = replace(
        record,
        title=folded(title),
        authors=tuple(Author(folded(author.family), folded(author.given)) for author in work.authors),
        journal=work.journal.name.upper(),
        doi="" if "no-doi" in has else work.doi.lower(),
        pmid="" if "no-pmid" in has else work.pmid,
        pattern=(*record.pattern, "capitals", *(("folded-names",) if folds else ())),
    )
    return replace(_in_press(record), year=work.epub_year) if "early-access-only" in has else record


def cochrane_record(work: Work, accession: str) -> SourceRecord:
    """The record in CENTRAL, which sets its hyphens as U+2010."""
    record = _plain(work, "C", accession)
    has = set(record.pattern)
    doi = "" if "no-ids" in has else work.doi
    return replace(
        record,
        title=record.title.replace("-", "\u2010"),
        authors=work.authors[:3] if "authors-cut" in has else work.authors,
        doi=f"https://doi.org/{doi}" if doi and "doi-url" in has else doi,
        pmid="" if "no-ids" in has else work.pmid,
        abstract=tuple((heading, text.replace("-", "\u2010")) for heading, text in work.abstract),
        pattern=(*record.pattern, *(("registry-row",) if work.kind == "registry" else ())),
    )
