"""All works of the reconstruction: the real ones, the planted ones, and ordinary ones up to the plan of overlaps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from data.reference_review import grammar, words
from data.reference_review.twins import Slot, TwinMaker
from data.reference_review.works import TITLE_ABSTRACT, Work

if TYPE_CHECKING:
    from random import Random

# How many works each set of databases holds: with six works twice in Embase, 846 records of 523 works.
OVERLAPS = {
    "PEWC": 10, "PEW": 88, "PE": 20, "PW": 8, "P": 4, "PEC": 3, "PC": 2, "EW": 67, "EWC": 2, "EC": 4, "E": 285, "W": 24,
    "C": 6,
}  # fmt: skip
# How many of the synthetic works of each are conference abstracts.
_CONFERENCE = {"E": 142, "EC": 3, "EW": 6, "W": 9}
# What the synthetic works are about and what becomes of them: (fate, theme), number.
_CONFERENCE_FATES = {
    ("conference_abstract", "child"): 66,
    (TITLE_ABSTRACT, "adult"): 60,
    (TITLE_ABSTRACT, "laboratory"): 12,
    (TITLE_ABSTRACT, "service"): 22,
}
_FATES = {
    ("wrong_population", "adult"): 47,
    ("wrong_intervention", "intervention"): 18,
    ("review", "review"): 37,
    ("meta_analysis", "meta"): 8,
    ("case_report", "case"): 30,
    ("in_vitro_or_animal", "laboratory"): 4,
    ("no_outcome_data", "child"): 19,
    (TITLE_ABSTRACT, "adult"): 62,
    (TITLE_ABSTRACT, "laboratory"): 38,
    (TITLE_ABSTRACT, "intervention"): 13,
    (TITLE_ABSTRACT, "service"): 28,
    (TITLE_ABSTRACT, "review"): 10,
}
_KINDS = {"review": "review", "meta": "review"}
_YEARS = range(2011, 2023)


@dataclass(slots=True)
class WorkMaker:
    """Makes synthetic works under identifiers of their own.

    Attributes:
        rng: Source of chance.
        n_made: How many were made so far, kept or not.
    """

    rng: Random
    n_made: int = 0
    titles: grammar.TitleMaker = field(init=False)
    groups: list[list[grammar.Author]] = field(init=False)

    def __post_init__(self) -> None:
        self.titles = grammar.TitleMaker(self.rng)
        self.groups = grammar.people(self.rng, 70)

    def make(self, slot: Slot) -> Work:
        """An ordinary synthetic work for a slot."""
        rng, (sources, kind, fate, theme) = self.rng, slot
        self.n_made += 1
        title, subtitle = self.titles.title(theme)
        meets = kind == "conference"
        journal = rng.choice(words.CONGRESSES if meets else words.JOURNALS)
        year = rng.choices(_YEARS, weights=range(2, 2 + len(_YEARS)))[0]
        month = rng.randint(1, 6 if year == _YEARS[-1] else 12)
        return Work(
            work_id=f"S{self.n_made:03d}",
            provenance="synthetic",
            sources=sources,
            kind=kind,
            fate=fate,
            title=title,
            subtitle=subtitle,
            authors=grammar.byline(rng, rng.choice(self.groups), 12 if kind == "article" else 7),
            journal=journal,
            year=year,
            month=month,
            epub_year=year - 1 if month <= 3 and not meets and rng.random() < 0.6 else 0,
            volume=str(year - 1990 + len(journal.name) % 40),
            issue=f"Suppl {rng.randint(1, 3)}" if meets else str(month),
            pages=_pages(rng, journal, meets=meets),
            doi=f"10.5555/{journal.code}.{year}.{10000 + self.n_made}",
            pmid=str(90000000 + self.n_made),
            abstract=() if kind in {"letter", "editorial"} else grammar.abstract(rng, title),
        )


def _pages(rng: Random, journal: words.Journal, *, meets: bool) -> str:
    """Pages as the journal numbers them: S-pages, article numbers or a range."""
    first = rng.randint(11, 1900)
    if meets:
        return f"S{first}" if rng.random() < 0.6 else f"S{first}-S{first + 1}"
    style = len(journal.name) % 4
    if style == 0:
        return f"e{first + 20000}"
    return f"{first}-{first + rng.randint(3, 14)}"


def _slots(taken: list[Slot], real: list[Work]) -> list[tuple[str, bool]]:
    """(databases, whether a conference abstract) of the ordinary works that are still wanted."""
    held = Counter(work.sources for work in real)
    wanted: Counter[tuple[str, bool]] = Counter()
    for sources, n in OVERLAPS.items():
        n_conference = _CONFERENCE.get(sources, 0)
        wanted[sources, True] = n_conference
        wanted[sources, False] = n - held[sources] - n_conference
    wanted.subtract((sources, kind == "conference") for sources, kind, _, _ in taken)
    return list(wanted.elements())


def all_works(rng: Random, real: list[Work]) -> list[Work]:
    """The 523 works, before anything is planted into their records."""
    maker = WorkMaker(rng)
    twins = TwinMaker(maker.make)
    twins.all()
    fates = {True: Counter(_CONFERENCE_FATES), False: Counter(_FATES)}
    for _, kind, fate, theme in twins.taken:
        fates[kind == "conference"][fate, theme] -= 1
    deck = {meets: list(counter.elements()) for meets, counter in fates.items()}
    for cards in deck.values():
        rng.shuffle(cards)
    works = list(twins.works)
    # Trials first: what the Cochrane Library holds are trials, here of adults.
    for sources, meets in sorted(_slots(twins.taken, real), key=lambda slot: "C" not in slot[0]):
        cards = deck[meets]
        if "C" in sources:
            cards.append(cards.pop(next(place for place, card in enumerate(cards) if card[1] == "adult")))
        fate, theme = cards.pop()
        works.append(maker.make((sources, _kind(rng, theme, meets=meets), fate, theme)))
    return [*real, *_renumbered(works)]


def _kind(rng: Random, theme: str, *, meets: bool) -> str:
    if meets:
        return "conference"
    if theme == "service" and rng.random() < 0.5:
        return rng.choice(("letter", "editorial"))
    return _KINDS.get(theme, "article")


def _renumbered(works: list[Work]) -> list[Work]:
    """The synthetic works numbered without gaps; a PMID only for those that PubMed holds."""
    return [
        replace(
            work,
            work_id=f"S{number:03d}",
            pmid=str(90000000 + number) if "P" in work.sources else "",
        )
        for number, work in enumerate(works, 1)
    ]
