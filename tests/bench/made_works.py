"""Invents the reports that the made exports hold, out of the names and sentences of the reference review's pools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.reference_review import grammar, words

if TYPE_CHECKING:
    from random import Random

    from data.reference_review.grammar import Author
    from data.reference_review.words import Journal

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SHORTEST, _LONGEST = 1200, 2000
_STATES = ("acute", "chronic", "childhood", "refractory", "relapsed", "secondary", "severe", "suspected")
_SUBJECTS = (
    "bone marrow transplantation", "cytokine release", "drug efficacy", "drug safety", "graft versus host reaction",
    "immunotherapy", "lymphoblastic leukemia", "neurotoxicity", "neutropenia", "quality of life", "remission",
    "survival rate", "T lymphocyte activation", "treatment outcome",
)  # fmt: skip
KEYWORDS = tuple(f"{state} {subject}" for state in _STATES for subject in _SUBJECTS)
_STREETS = ("Linden Road", "Canal Street", "Mill Lane", "Harbour Square", "University Avenue", "Orchard Hill")
_DEPARTMENTS = ("Hematology", "Pediatric Oncology", "Internal Medicine", "Clinical Pharmacology", "Biostatistics")


@dataclass(frozen=True, slots=True)
class Work:
    """An invented report, as all databases would know it.

    Attributes:
        number: From 1; every identifier is made from it.
        sections: (heading, text) of the abstract, 1,200 to 2,000 characters in all.
        places: Affiliations, the first that of the corresponding author.
    """

    number: int
    title: str
    authors: tuple[Author, ...]
    journal: Journal
    year: int
    month: int
    day: int
    first_page: int
    n_pages: int
    sections: grammar.Sections
    keywords: tuple[str, ...]
    places: tuple[str, ...]

    @property
    def doi(self) -> str:
        """Under the prefix that stands for examples."""
        return f"10.5555/{self.journal.code.lower()}.{self.year}.{self.number:06d}"

    @property
    def pmid(self) -> str:
        """A number beyond those that PubMed has given."""
        return str(90_000_000 + self.number)

    @property
    def volume(self) -> str:
        """As a journal of that age counts them."""
        return str(self.year - 1985)

    @property
    def last_page(self) -> int:
        """The last page."""
        return self.first_page + self.n_pages - 1

    @property
    def abstract(self) -> str:
        """In one line, with its headings."""
        return " ".join(f"{heading.upper()}: {text}" for heading, text in self.sections)


def invented(rng: Random, n: int) -> list[Work]:
    """That many reports."""
    groups = grammar.people(rng, 80)
    return [_work(rng, groups, number) for number in range(1, n + 1)]


def _work(rng: Random, groups: list[list[Author]], number: int) -> Work:
    title = f"{rng.choice(words.CLINICAL)} in {rng.choice(words.CHILDREN + words.ADULTS)}"
    return Work(
        number=number,
        title=f"{title}: the {rng.choice(words.TRIALS)}-{rng.randint(2, 9)} study in {rng.choice(words.PLACES)}",
        authors=grammar.byline(rng, rng.choice(groups), 12),
        journal=rng.choice(words.JOURNALS),
        year=rng.randint(1998, 2024),
        month=rng.randint(1, 12),
        day=rng.randint(1, 28),
        first_page=rng.randint(1, 1900),
        n_pages=rng.randint(3, 14),
        sections=_sections(rng, title),
        keywords=tuple(sorted(rng.sample(KEYWORDS, rng.randint(8, 24)))),
        places=tuple(_place(rng) for _ in range(rng.randint(1, 5))),
    )


def _place(rng: Random) -> str:
    place = rng.choice(words.PLACES)
    number, street = rng.randint(1, 220), rng.choice(_STREETS)
    department = rng.choice(_DEPARTMENTS)
    return f"Department of {department}, University of {place}, {number} {street}, {place} {rng.randint(1000, 99999)}"


def _sections(rng: Random, title: str) -> grammar.Sections:
    """An abstract of an ordinary length: abstracts of the grammar one after the other, heading by heading."""
    texts: dict[str, list[str]] = {}
    wanted, size = rng.randint(_SHORTEST, _LONGEST - 150), 0
    while size < wanted:
        for heading, text in grammar.abstract(rng, title):
            sentence = _as_printed(text)
            if size + len(sentence) <= _LONGEST - 60:
                texts.setdefault(heading, []).append(sentence)
                size += len(sentence) + 1
    return tuple((heading, " ".join(parts)) for heading, parts in texts.items())


def _as_printed(text: str) -> str:
    """The sentences with the signs that journals print."""
    plain = text.removesuffix(grammar.MARK).strip()
    return plain.replace(">=", "≥").replace("micrograms", "μg").replace("(p = ", "(95% CI 0.8\u20131.9, P = ")
