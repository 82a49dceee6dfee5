"""The planted works: twins that are not the same report, and reports whose records hardly look alike."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from data.reference_review.grammar import MARK, Author, Sections
from data.reference_review.works import TITLE_ABSTRACT, Work

if TYPE_CHECKING:
    from collections.abc import Callable

Slot = tuple[str, str, str, str]
"""Databases, kind, fate and theme of a work that is wanted."""

_TRANSLATED = (
    (
        "German",
        "Bridging with blinatumomab in children before stem cell transplantation: experience from Ostermark",
        "Überbrückung mit Blinatumomab bei Kindern vor Stammzelltransplantation: Erfahrungen aus Ostermark",
        "Blinatumomab as bridge therapy prior to transplantation in childhood. The Ostermark experience",
    ),
    (
        "Spanish",
        "Blinatumomab in relapsed acute leukemia of childhood: first patients of the Belandia hospital",
        "Blinatumomab en la leucemia aguda infantil en recaída: primeros pacientes del hospital de Belandia",
        "The initial Belandia hospital patients treated with blinatumomab for recurrent childhood leukaemia",
    ),
    (
        "French",
        "Tolerance of blinatumomab at home in children: survey of the Lorvania group",
        "Tolérance du blinatumomab à domicile chez l'enfant : enquête du groupe Lorvania",
        "Home administration of blinatumomab to children and its tolerability: Lorvania group inquiry",
    ),
)


def _more_patients(sections: Sections, n_more: int) -> Sections:
    """The same abstract with more patients, as a later congress prints it."""
    grown = tuple(
        (
            heading,
            re.sub(r"\d+(?= (?:consecutive|patients|courses|participants))", lambda n: str(int(n[0]) + n_more), text),
        )
        for heading, text in sections
    )
    return (*grown, ("Update", f"{n_more} patients were added since the first presentation. {MARK}"))


@dataclass(slots=True)
class TwinMaker:
    """Builds the planted works out of ordinary ones and counts the slots they take.

    Attributes:
        make: Makes an ordinary synthetic work for a slot.
        works: What was planted so far.
        taken: The slot of each.
    """

    make: Callable[[Slot], Work]
    works: list[Work] = field(default_factory=list)
    taken: list[Slot] = field(default_factory=list)

    def add(self, slot: Slot, trap: str, twin: Work | None = None, **changes: object) -> Work:
        """Plant one work: an ordinary one, or a copy of its twin under its own identifiers, with changes."""
        work = self.make(slot)
        if twin is not None:
            own = {name: getattr(work, name) for name in ("work_id", "sources", "kind", "fate", "doi", "pmid")}
            work = replace(twin, traits=frozenset(), **own)
        work = replace(work, trap=trap, **changes)  # type: ignore[arg-type]  # the names are those of Work
        if "doi" not in changes:
            serial = work.doi.rpartition(".")[2]
            work = replace(work, doi=f"10.5555/{work.journal.code}.{work.year}.{serial}")
        self.works.append(work)
        self.taken.append(slot)
        return work

    def corrigenda(self) -> None:
        """An article and its erratum; of the second pair Web of Science repeats the bare title."""
        for number, sources, fate, theme in (
            (1, "PEW", TITLE_ABSTRACT, "adult"),
            (2, "EW", "no_outcome_data", "child"),
        ):
            trap = f"corrigendum-{number}"
            article = self.add(("PEW", "article", fate, theme), trap)
            self.add(
                (sources, "erratum", TITLE_ABSTRACT, "service"), trap, article,
                pages=f"{890 + number}", abstract=article.abstract if number == 2 else (),
                corrects=article.pages,
                traits=frozenset({"wos:bare-erratum"} if number == 2 else ()),
            )  # fmt: skip

    def congresses(self) -> None:
        """The same abstract at two congresses with more patients: once in one year, once in the next."""
        for number, fate, theme in ((1, "conference_abstract", "child"), (2, TITLE_ABSTRACT, "adult")):
            trap = f"two-congresses-{number}"
            slot = ("E", "conference", fate, theme)
            first = self.add(slot, trap, pages="S81", issue="Suppl 1", year=2017)
            other = self.make(slot)
            self.add(
                slot, trap, first, journal=other.journal, volume=other.volume, pages="S240", issue="Suppl 2",
                abstract=_more_patients(first.abstract, 10 + number), year=first.year + number - 1,
            )  # fmt: skip

    def letters(self) -> None:
        """A letter and the authors' reply, by other people; of the second pair both carry the bare title."""
        for number, sources in ((1, "PEW"), (2, "EW")):
            trap = f"letter-and-reply-{number}"
            letter = self.add((sources, "letter", TITLE_ABSTRACT, "service"), trap, subtitle="", pages="412-413")
            other = self.make((sources, "letter", TITLE_ABSTRACT, "service"))
            title = f"{letter.title}. Authors' reply" if number == 1 else letter.title
            self.add(
                (sources, "letter", TITLE_ABSTRACT, "service"), trap, letter,
                title=title, authors=other.authors, pages="413-414" if number == 1 else "413",
            )  # fmt: skip

    def parts(self) -> None:
        """Part I and part II of a review in one issue."""
        first = self.add(("PEW", "review", "review", "review"), "parts", pages="101-118")
        title = first.title
        self.works[-1] = replace(first, subtitle="part I, mechanisms")
        other = self.make(("PEW", "review", "review", "review"))
        self.add(
            ("PEW", "review", "review", "review"), "parts", first,
            title=title, subtitle="part II, practice", pages="119-134", abstract=other.abstract,
        )  # fmt: skip

    def follow_up(self) -> None:
        """A randomized trial and its later follow-up by the same authors in another journal."""
        title = "Effect of blinatumomab versus standard consolidation on survival of adults in the OTTERFIELD-7 trial"
        slot = ("PEW", "article", "wrong_population", "adult")
        first = self.add(slot, "follow-up", title=title, subtitle="a randomized trial", year=2018, epub_year=0)
        later = self.make(slot)
        self.add(
            slot, "follow-up", first, journal=later.journal, volume=later.volume, issue=later.issue, pages=later.pages,
            subtitle="long-term results of a randomized trial", abstract=later.abstract, year=2021,
        )  # fmt: skip

    def abstracts_of_articles(self) -> None:
        """A conference abstract and the article that came of it, under one title; three of them in one year."""
        for number in range(1, 5):
            trap = f"abstract-and-article-{number}"
            fate = "wrong_population" if number < 3 else TITLE_ABSTRACT
            article = self.add(("PEW", "article", fate, "adult"), trap, epub_year=0)
            paired = ("conference_abstract", "child") if number < 3 else (TITLE_ABSTRACT, "adult")
            slot = ("E", "conference", *paired)
            earlier = self.make(slot)
            self.add(
                slot, trap, article, journal=earlier.journal, volume=earlier.volume, issue="Suppl 1",
                pages=f"S{310 + number}", abstract=earlier.abstract, year=article.year - (number == 4),
                authors=article.authors[:-1] if len(article.authors) > 3 else article.authors,
            )  # fmt: skip

    def generic_cases(self) -> None:
        """Case reports by different people under one title in one year."""
        titles = (
            "Blinatumomab-associated neurotoxicity in a child",
            "Successful use of blinatumomab in refractory leukemia",
            "Fatal infection after blinatumomab",
        )
        for number, (title, sources) in enumerate(zip(titles, ("PEW", "EW", "E"), strict=True), 1):
            trap = f"same-title-cases-{number}"
            first = self.add((sources, "article", "case_report", "case"), trap, title=title, subtitle="a case report")
            self.add(("E", "article", "case_report", "case"), trap, title=title, subtitle="a case report",
                     year=first.year, epub_year=0)  # fmt: skip
            self.works[-2] = replace(first, epub_year=0)

    def serials(self) -> None:
        """Two editorials of one series: same title, author, volume and first page, other issue."""
        slot = ("E", "editorial", TITLE_ABSTRACT, "service")
        first = self.add(slot, "editorial-series", title="In this issue: blinatumomab", subtitle="", pages="1",
                         issue="3", month=3, year=2018, abstract=())  # fmt: skip
        self.add(slot, "editorial-series", first, issue="7", month=7)
        slot = ("EW", "article", TITLE_ABSTRACT, "laboratory")
        first = self.add(slot, "pages-per-issue", pages="1-9", issue="2")
        self.add(slot, "pages-per-issue", journal=first.journal, year=first.year, epub_year=0, volume=first.volume,
                 issue="5", pages="1-9")  # fmt: skip

    def shared_doi(self) -> None:
        """Three abstracts of one supplement that all carry the supplement's DOI."""
        slot = ("E", "conference", TITLE_ABSTRACT, "adult")
        first = self.add(slot, "supplement-doi", pages="S17", traits=frozenset({"embase:keep-doi"}))
        for page in ("S18", "S19"):
            self.add(slot, "supplement-doi", journal=first.journal, year=first.year, volume=first.volume,
                     issue=first.issue, pages=page, doi=first.doi, traits=first.traits)  # fmt: skip

    def siblings(self) -> None:
        """A meta-analysis and its update; a study of adults and its sibling in adolescents."""
        slot = ("EW", "review", "meta_analysis", "meta")
        first = self.add(slot, "updated-review", subtitle="a systematic review and meta-analysis", year=2019,
                         epub_year=0)  # fmt: skip
        later = self.make(slot)
        self.add(
            slot, "updated-review", first, journal=later.journal, volume=later.volume, issue=later.issue,
            pages=later.pages, subtitle="an updated systematic review and meta-analysis", year=2021,
            abstract=later.abstract,
        )  # fmt: skip
        title = (
            "Dose-finding study of blinatumomab with steroids in {} with refractory lymphoblastic leukemia of Zelmark"
        )
        first = self.add(("PEW", "article", "wrong_population", "adult"), "adults-and-adolescents",
                         title=title.format("adults"), subtitle="", epub_year=0)  # fmt: skip
        other = self.make(("PEW", "article", "no_outcome_data", "child"))
        self.add(
            ("PEW", "article", "no_outcome_data", "child"), "adults-and-adolescents", first,
            title=title.format("adolescents"), pages=other.pages, abstract=other.abstract, year=first.year,
        )  # fmt: skip

    def translated(self) -> None:
        """Reports that PubMed and Embase translate each in its own words."""
        for number, (language, title, vernacular, second_title) in enumerate(_TRANSLATED, 1):
            traits = {"embase:no-doi", "embase:no-pmid"} if number < 3 else {"embase:no-pmid"}
            self.add(
                ("PE", "article", "no_outcome_data", "child"), f"translated-{number}", title=title, subtitle="",
                language=language, vernacular=vernacular, second_title=second_title, traits=frozenset(traits),
            )  # fmt: skip

    def names(self) -> None:
        """A first author whose prefix, and one whose order of names, the databases disagree about."""
        for trait, author in (("embase:prefix-dropped", Author("van der Kolmark", "Hanne L")),
                              ("embase:names-swapped", Author("Tornanli", "Bertram"))):  # fmt: skip
            work = self.add(("PEW", "article", "wrong_intervention", "intervention"), f"name-{trait.partition(':')[2]}")
            traits = frozenset({trait, "embase:no-doi", "embase:no-pmid"})
            self.works[-1] = replace(work, authors=(author, *work.authors[1:]), traits=traits)

    def all(self) -> None:
        """Plant them all."""
        for plant in (
            self.corrigenda, self.congresses, self.letters, self.parts, self.follow_up, self.abstracts_of_articles,
            self.generic_cases, self.serials, self.shared_doi, self.siblings, self.translated, self.names,
        ):  # fmt: skip
            plant()
