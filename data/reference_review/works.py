"""A work is what the truth counts: one report, however many databases hold it. The real ones stand in a table."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.reference_review.grammar import Author, Sections
from data.reference_review.words import Journal

if TYPE_CHECKING:
    from pathlib import Path

INCLUDED = "included"
TITLE_ABSTRACT = "title_abstract"


@dataclass(frozen=True, slots=True)
class Work:
    """One report and what becomes of it in the review.

    Attributes:
        work_id: "R001" where real, "S001" where synthetic.
        provenance: "real-published", "real-recalled" or "synthetic".
        sources: Databases that hold it: P PubMed, E Embase, W Web of Science, C Cochrane Library.
        kind: "article", "review", "conference", "letter", "editorial", "erratum" or "registry".
        fate: "included", "title_abstract" (excluded there), or the id of the reason of its exclusion in full text.
        traits: What is planted when a database shows it, "embase:no-doi".
        corrects: Pages of the article that an erratum corrects, in the same volume and issue.
        trap: Name of the planted pair or group that it belongs to.
    """

    work_id: str
    provenance: str
    sources: str
    kind: str
    fate: str
    title: str
    subtitle: str
    authors: tuple[Author, ...]
    journal: Journal
    year: int
    month: int = 0
    epub_year: int = 0
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    registry_id: str = ""
    abstract: Sections = ()
    language: str = "English"
    vernacular: str = ""
    second_title: str = ""
    corrects: str = ""
    traits: frozenset[str] = frozenset()
    trap: str = ""

    @property
    def full_title(self) -> str:
        """Title and subtitle."""
        if not self.subtitle:
            return self.title
        return f"{self.title}{'' if self.title.endswith('?') else ':'} {self.subtitle}"

    @property
    def is_real(self) -> bool:
        """Whether the work exists outside of this reconstruction."""
        return self.provenance != "synthetic"


# rec_id: databases, kind, fate, traits, trap. All of it is invented but the kind: which database held a report, and why
# it was left out, the review does not say. PubMed holds only those whose PMID is known.
_PLACES: dict[str, tuple[str, str, str, str, str]] = {
    "R001": ("PEWC", "article", INCLUDED, "", "rct-and-expanded-access"),
    "R002": ("PEWC", "article", INCLUDED, "cochrane:authors-cut", "aall1331"),
    "R003": ("PEWC", "article", INCLUDED, "embase:prefix-dropped embase:no-doi embase:no-pmid", "von-stackelberg"),
    "R004": ("PEW", "article", INCLUDED, "pubmed:short-pages", ""),
    "R005": ("PEWC", "article", INCLUDED, "cochrane:no-ids", "japanese-children-and-adults"),
    "R006": ("EW", "article", INCLUDED, "embase:epub-year embase:no-doi", "queudeville-year"),
    "R007": ("PEW", "article", INCLUDED, "wos:no-pmid", ""),
    "R008": ("PEW", "article", INCLUDED, "embase:subtitle-cut", "cancers-14-2"),
    "R009": ("PEW", "article", INCLUDED, "", "rialto"),
    "R010": ("EW", "article", INCLUDED, "embase:diacritics", "cancers-14-2"),
    "R011": ("EW", "article", INCLUDED, "embase:wrong-journal embase:greek-capitals embase:issn-null", "ampatzidou"),
    "R012": ("PEW", "article", INCLUDED, "wos:no-pmid", ""),
    "R014": ("PEW", "article", TITLE_ABSTRACT, "", ""),
    "R017": ("EC", "conference", "duplicate_report", "cochrane:no-ids", "aall1331"),
    "R019": ("EW", "article", TITLE_ABSTRACT, "", ""),
    "R022": ("PEWC", "article", "wrong_population", "cochrane:doi-url", ""),
    "R028": ("EWC", "article", TITLE_ABSTRACT, "cochrane:doi-url", ""),
    "R033": ("EW", "article", "wrong_population", "", ""),
    "R034": ("EWC", "article", TITLE_ABSTRACT, "embase:no-doi", ""),
    "R035": ("EW", "article", TITLE_ABSTRACT, "", ""),
    "R037": ("EW", "review", "meta_analysis", "", ""),
    "R039": ("PEW", "review", "review", "", ""),
    "R040": ("EW", "article", "duplicate_report", "", "rialto"),
    "R042": ("EW", "article", TITLE_ABSTRACT, "embase:no-doi", "page-1522"),
    "R043": ("EW", "article", TITLE_ABSTRACT, "", ""),
    "R044": ("EW", "article", TITLE_ABSTRACT, "", "japanese-children-and-adults"),
    "R045": ("PEW", "article", "wrong_population", "", "japanese-children-and-adults"),
    "R046": ("EW", "article", "wrong_population", "embase:no-doi", "page-1522"),
    "R047": ("E", "letter", TITLE_ABSTRACT, "", ""),
    "R049": ("EW", "review", "review", "", ""),
    "R050": ("EW", "review", TITLE_ABSTRACT, "", ""),
    "R051": ("EW", "review", "review", "", ""),
    "R052": ("E", "review", "review", "", ""),
    "R054": ("E", "letter", "no_outcome_data", "", ""),
    "R055": ("EW", "article", TITLE_ABSTRACT, "", ""),
    "R057": ("PEW", "article", "no_outcome_data", "embase:epub-year", ""),
    "R058": ("EW", "review", "review", "", ""),
    "R059": ("EW", "article", TITLE_ABSTRACT, "", ""),
    "R060": ("PEW", "article", "no_outcome_data", "", ""),
    "R061": ("E", "conference", "case_report", "", ""),
    "R064": ("EW", "review", "review", "", ""),
    "R065": ("EW", "review", "review", "", ""),
    "R066": ("E", "review", TITLE_ABSTRACT, "", ""),
    "R075": ("C", "registry", "no_outcome_data", "", "rct-and-expanded-access"),
    "R076": ("C", "registry", "no_outcome_data", "", "von-stackelberg"),
    "R077": ("C", "registry", TITLE_ABSTRACT, "", ""),
    "R078": ("C", "registry", "no_outcome_data", "", "aall1331"),
    "R079": ("C", "registry", TITLE_ABSTRACT, "", ""),
    "R080": ("C", "registry", TITLE_ABSTRACT, "", ""),
}
_EPUB_YEARS = {"R006": 2020, "R057": 2019}


def real_works(table: Path) -> list[Work]:
    """The works of the table of real records, each with its place in the reconstruction."""
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [_real_work(row) for row in rows]


def _real_work(row: dict[str, str]) -> Work:
    sources, kind, fate, traits, trap = _PLACES[row["rec_id"]]
    people = [name.rsplit(" ", 1) for name in row["authors"].split("; ") if name]
    return Work(
        work_id=row["rec_id"],
        provenance=f"real-{row['status']}",
        sources=sources,
        kind=kind,
        fate=fate,
        title=row["title"],
        subtitle="",
        authors=tuple(Author(family, initials) for family, initials in people),
        journal=Journal(row["journal"], row["journal_abbreviation"]),
        year=int(row["year"]),
        epub_year=_EPUB_YEARS.get(row["rec_id"], 0),
        volume=row["volume"],
        issue=row["issue"],
        pages=row["pages"],
        doi=row["doi"],
        pmid=row["pmid"],
        pmcid=row["pmcid"],
        registry_id=row["registry_id"],
        traits=frozenset(traits.split()),
        trap=trap,
    )
