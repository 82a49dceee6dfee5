"""Titles, abstracts and authors of the synthetic records, by a grammar over the word pools."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.reference_review import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

MARK = "[synthetic record]"
Sections = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Author:
    """A person as the title page names them.

    Attributes:
        family: Family name with its prefix.
        given: Given names, or only initials where no more is known.
    """

    family: str
    given: str

    @property
    def initials(self) -> str:
        """Initials without dots: "LM"."""
        if self.given.isupper():
            return self.given.replace(" ", "")
        return "".join(part[0] for part in re.split(r"[\s.-]+", self.given) if part)


def people(rng: Random, n_groups: int) -> list[list[Author]]:
    """Research groups of invented people; no two people share a family name and initials."""
    names = [head + tail for head in words.FAMILY_HEADS for tail in words.FAMILY_TAILS]
    rng.shuffle(names)
    groups = []
    for _ in range(n_groups):
        members = []
        for _ in range(rng.randint(7, 12)):
            family = names.pop()
            if rng.random() < 0.05:
                family = f"{rng.choice(words.PREFIXES)} {family}"
            given = rng.choice(words.GIVEN)
            if rng.random() < 0.5:
                given += f" {rng.choice('ABCDEFGHJKLMNPRSTVW')}"
            members.append(Author(family, given))
        groups.append(members)
    return groups


def byline(rng: Random, group: Sequence[Author], n_most: int = 9) -> tuple[Author, ...]:
    """Some members of a group in a new order."""
    n = rng.randint(min(3, len(group)), min(n_most, len(group)))
    return tuple(rng.sample(list(group), n))


def _setting(rng: Random) -> str:
    place, trial = rng.choice(words.PLACES), rng.choice(words.TRIALS)
    number = rng.randint(2, 9)
    count = rng.choice(("three", "four", "five", "six", "seven", "nine", "ten", "twelve"))
    return rng.choice(
        (
            f"a retrospective cohort from {place}",
            f"results of the {trial}-{number} trial",
            f"a {count}-center experience in {place}",
            f"an observational study of the {place} registry",
            f"final analysis of {trial}-{number}",
            f"a matched comparison within the {place} network",
            f"a phase {rng.choice(('1', '1b', '2', '3'))} study in {place}",
            f"a decade of practice in {place}",
        )
    )


def _clinical(rng: Random, subjects: Sequence[str], populations: Sequence[str]) -> tuple[str, str]:
    return f"{rng.choice(subjects)} in {rng.choice(populations)}", _setting(rng)


def _laboratory(rng: Random) -> tuple[str, str]:
    place = rng.choice(words.PLACES)
    design = rng.choice(("an in vitro study", "a mouse model", "a co-culture system", "ex vivo samples", "xenografts"))
    return f"{rng.choice(words.LABORATORY)} {rng.choice(words.SYSTEMS)}", f"{design} from the {place} institute"


def _service(rng: Random) -> tuple[str, str]:
    return f"{rng.choice(words.SERVICES)} {rng.choice(words.CIRCUMSTANCES)}", rng.choice(
        (
            f"the view from {rng.choice(words.PLACES)}",
            f"a survey of {rng.randint(11, 60)} hospitals in {rng.choice(words.PLACES)}",
            f"a simulation for {rng.choice(words.PLACES)}",
            f"an audit of {rng.choice(words.PLACES)} and {rng.choice(words.PLACES)}",
        )
    )


def _review(rng: Random) -> tuple[str, str]:
    population = rng.choice(words.CHILDREN + words.ADULTS)
    return f"{rng.choice(words.REVIEW_THEMES)} for {population}", rng.choice(
        (
            "a narrative review",
            f"lessons from {rng.choice(words.PLACES)}",
            "where do we stand?",
            f"recommendations of the {rng.choice(words.PLACES)} working party",
            "an overview for clinicians",
        )
    )


def _meta(rng: Random) -> tuple[str, str]:
    kind = rng.choice(
        ("a systematic review and meta-analysis", "a network meta-analysis", "a pooled analysis of trials")
    )
    return f"{rng.choice(words.CLINICAL)} in {rng.choice(words.CHILDREN + words.ADULTS)}", kind


def _case(rng: Random) -> tuple[str, str]:
    age, place = rng.choice(words.AGES), rng.choice(words.PLACES)
    when = rng.choice(("on day three of blinatumomab", "after two courses of blincyto", "while receiving MT103"))
    return f"{rng.choice(words.CASE_EVENTS)} {when} in a {age} from {place}", rng.choice(
        (
            "a case report",
            "a diagnostic challenge",
            "report of one patient and the literature",
            "what happened next",
        )
    )


_TITLES: dict[str, Callable[[Random], tuple[str, str]]] = {
    "child": lambda rng: _clinical(rng, words.CLINICAL, words.CHILDREN),
    "adult": lambda rng: _clinical(rng, words.CLINICAL, words.ADULTS),
    "intervention": lambda rng: _clinical(rng, words.INTERVENTIONS, words.CHILDREN + words.ADULTS),
    "laboratory": _laboratory,
    "service": _service,
    "review": _review,
    "meta": _meta,
    "case": _case,
}


def content_words(title: str) -> frozenset[str]:
    """The words of a title of four letters or more."""
    return frozenset(word for word in re.findall(r"[a-z0-9]+", title.lower()) if len(word) > 3)


def _alike(words_a: frozenset[str], words_b: frozenset[str], share: float) -> bool:
    """Whether two titles share more than a share of their words."""
    return len(words_a & words_b) > share * len(words_a | words_b)


class TitleMaker:
    """Makes titles no two of which share more than half of their words, or 0.6 of those before the subtitle."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._taken: list[tuple[frozenset[str], frozenset[str]]] = []

    def title(self, theme: str) -> tuple[str, str]:
        """A title and its subtitle on a theme."""
        for _ in range(5000):
            title, subtitle = _TITLES[theme](self._rng)
            main, whole = content_words(title), content_words(f"{title} {subtitle}")
            if not any(_alike(main, main2, 0.6) or _alike(whole, whole2, 0.5) for main2, whole2 in self._taken):
                self._taken.append((main, whole))
                return title, subtitle
        raise RuntimeError(f"the grammar has no more titles on {theme}")


# {n} stands only beside the noun that it counts, so that a later report of the same patients can alter it.
_OPENING = (
    "{subject} remains poorly understood, and {place} has no common policy.",
    "Little is known about outcomes after {lower} outside of trials.",
    "In {place} the drug became available in {year}; we asked whether {lower} changed practice.",
    "Reports from {place} and {place2} disagree about {lower}.",
    "The {trial} group set out to describe {lower}.",
    "Prognosis is dismal when salvage fails, and {lower} has been proposed as a way forward.",
    "Concern was raised by the {place} pharmacovigilance board about {lower}.",
)
_METHODS = (
    "Charts of {n} patients from {k} hospitals were abstracted by two observers.",
    "We enrolled {n} consecutive patients between {year} and {year2} and followed them for {months} months.",
    "A Bayesian hierarchical model was fitted to {n} courses, with {place} as reference.",
    "Samples were collected on days {d1}, {d2} and {d3} and analyzed centrally in {place2}.",
    "The infusion was given at {dose} micrograms per day over {weeks} weeks, with steps at day {d1}.",
    "Competing risks were handled by the {place} convention, and {k} sensitivity analyses were planned.",
    "Data of {n} participants were linked with the {place2} census.",
)
_RESULTS = (
    "Remission was recorded in {a} of {n} ({pct}%), most often after course {d1}.",
    "Median survival reached {months} months in the {place} subset and {d3} months elsewhere.",
    "Grade 3 fever occurred in {a} and was self-limiting; {k} patients stopped early.",
    "Patients <{age} years had fewer interruptions, and grade >=3 neutropenia was seen in {pct}%.",
    "Residual disease fell by {d1} logs in {a} patients, of whom {k} later relapsed.",
    "No association with {lower} was found (p = 0.{pct}).",
    "The cumulative incidence of readmission was {pct}% at {months} weeks.",
    "Antigen density was the only predictor retained, with an odds ratio of {d1}.{k}.",
    "{place2} sites contributed {a} patients, whose lymphocyte counts doubled by day {d2}.",
    "Transplantation followed in {a}, at a median of {months} days.",
)
_CLOSING = (
    "{subject} deserves a prospective {place} study.",
    "These findings support the {trial} strategy in {place2}.",
    "Whether {lower} alters long-term outcome is an open question.",
    "Until {place} reports mature results, caution is warranted.",
    "The data argue against routine use outside of {place2}.",
)


def abstract(rng: Random, title: str) -> Sections:
    """A structured abstract on the title's subject that ends by saying that it is synthetic."""
    n = rng.randint(14, 260)
    subject = re.split(r" in | on | while | after two ", title)[0]
    known: dict[str, object] = {
        "subject": subject,
        "lower": subject if subject.split(" ")[0].isupper() else subject[0].lower() + subject[1:],
        "place": rng.choice(words.PLACES),
        "place2": rng.choice(words.PLACES),
        "trial": rng.choice(words.TRIALS),
        "n": n,
        "a": rng.randint(3, n - 2),
        "k": rng.randint(2, 9),
        "pct": rng.randint(11, 89),
        "age": rng.randint(5, 18),
        "months": rng.randint(6, 60),
        "year": rng.randint(2009, 2015),
        "year2": rng.randint(2016, 2021),
        "dose": rng.choice((5, 9, 15, 28)),
        "weeks": rng.choice((2, 4, 6)),
        "d1": rng.randint(2, 5),
        "d2": rng.randint(8, 15),
        "d3": rng.randint(18, 43),
    }

    def some(pool: Sequence[str], n_sentences: int) -> str:
        return " ".join(sentence.format(**known) for sentence in rng.sample(list(pool), n_sentences))

    return (
        ("Background", some(_OPENING, 1)),
        ("Methods", some(_METHODS, rng.randint(1, 2))),
        ("Results", some(_RESULTS, rng.randint(2, 4))),
        ("Conclusion", f"{some(_CLOSING, 1)} {MARK}"),
    )
