"""What is planted into the records of ordinary works, and how often: each database loses or alters something."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from data.reference_review.works import Work

SHARE_OF_EMBASE_WITHOUT_DOI = 0.30

# Traits that go together, how many works get them, and the databases that must hold the work ("PE": both at least).
# The first block hides the link between the databases: what identifies the work is left in its words and its place.
_PLAN: tuple[tuple[str, int, str], ...] = (
    ("cochrane:no-ids cochrane:authors-cut", 3, "C"),
    ("cochrane:doi-url", 3, "C"),
    ("cochrane:authors-cut", 3, "C"),
    ("embase:no-doi embase:no-pmid embase:epub-year", 6, "PE"),
    ("embase:no-doi embase:no-pmid embase:subtitle-cut", 4, "PE"),
    ("embase:no-doi embase:no-pmid embase:british", 3, "PE"),
    ("wos:no-doi wos:no-pmid", 6, "PW"),
    ("wos:no-doi wos:no-pmid wos:early-access-only", 2, "PEW"),
    ("embase:no-doi embase:no-pmid pubmed:group-author", 1, "PE"),
    ("embase:doi-typo embase:no-pmid", 2, "PE"),
    ("embase:no-doi wos:plain-pages", 3, "EW"),
    ("embase:no-doi embase:british", 6, "EW"),
    ("embase:no-doi embase:epub-year", 3, "EW"),
    ("embase:no-doi embase:subtitle-cut", 2, "EW"),
    ("wos:no-doi", 4, "EW"),
    # What follows leaves a link standing.
    ("embase:no-doi", 10, "PE"),
    ("wos:no-doi wos:early-access", 5, "PEW"),
    ("embase:subtitle-cut", 10, "EW"),
)
# These may be planted on top of the others, where they leave a link standing.
_MORE: tuple[tuple[str, int, str], ...] = (
    ("embase:no-pmid", 20, "PE"),
    ("wos:no-pmid", 26, "PW"),
    ("wos:early-access", 10, "W"),
    ("pubmed:epub-year", 10, "P"),
    ("pubmed:short-pages", 24, "P"),
    ("embase:title-case", 150, "E"),
    ("embase:british", 90, "E"),
    ("embase:abstract-cut", 24, "E"),
    ("embase:cp1252-dash", 3, "E"),
    ("embase:no-abstract", 12, "E"),
    ("wos:title-case", 60, "W"),
    ("wos:series", 2, "W"),
)
# Works that Embase holds a second time, as the article in press that it was, with or without its DOI and final title.
_TWICE = (
    ("PEW", "embase:twice"),
    ("PEW", "embase:twice embase:twin-no-doi"),
    ("PEW", "embase:twice embase:twin-no-doi embase:twin-retitled"),
    ("EW", "embase:twice embase:twin-retitled"),
    ("EW", "embase:twice embase:twin-no-doi"),
    ("E", "embase:twice"),
)


def _ordinary(work: Work) -> bool:
    return not work.is_real and not work.trap


def _holds(databases: str) -> Callable[[Work], bool]:
    """Whether a work is in these databases; "EW" alone means: and not in PubMed, whose number would be a link."""
    wanted = set(databases)
    return lambda work: wanted <= set(work.sources) and (databases != "EW" or "P" not in work.sources)


def _give(works: list[Work], numbers: list[int], traits: str) -> None:
    for number in numbers:
        work = works[number]
        dated = any(trait in traits for trait in ("epub-year", "early-access"))
        works[number] = replace(
            work,
            traits=work.traits | set(traits.split()),
            epub_year=(work.epub_year or work.year - 1) if dated else work.epub_year,
        )


def plant(rng: Random, works: list[Work]) -> list[Work]:
    """The works with their traits."""
    works = list(works)
    for databases, traits in _TWICE:
        fits = [n for n, work in enumerate(works) if _ordinary(work) and work.sources == databases and not work.traits]
        fits = [n for n in fits if works[n].kind == "article"]
        _give(works, [rng.choice(fits)], traits)
    for traits, n_wanted, databases in _PLAN:
        holds = _holds(databases)
        fits = [n for n, work in enumerate(works) if _ordinary(work) and holds(work) and not work.traits]
        if "plain-pages" in traits:
            fits = [n for n in fits if works[n].kind == "conference"]
        if "epub-year" in traits or "early-access" in traits or "subtitle-cut" in traits:
            fits = [n for n in fits if works[n].kind in {"article", "review"} and works[n].subtitle]
        _give(works, rng.sample(fits, n_wanted), traits)
    for traits, n_wanted, databases in _MORE:
        holds = _holds(databases)
        fits = [n for n, work in enumerate(works) if _ordinary(work) and holds(work) and _suits(work, traits)]
        _give(works, rng.sample(fits, n_wanted), traits)
    return _without_doi(rng, works)


def _suits(work: Work, trait: str) -> bool:
    """Whether a trait would show on a work."""
    if trait == "embase:abstract-cut":
        return any("<" in text for _, text in work.abstract)
    if trait == "embase:no-abstract":
        return bool(work.abstract) and "embase:no-doi" not in work.traits
    if trait in {"embase:no-pmid", "wos:no-pmid"}:
        return f"{trait.partition(':')[0]}:no-doi" not in work.traits
    if trait == "pubmed:short-pages":
        return "-" in work.pages
    if trait == "wos:early-access":
        return work.kind in {"article", "review"} and "wos:early-access-only" not in work.traits
    return trait != "wos:series" or work.sources == "W"


def _lacks_doi(work: Work) -> int:
    """How many of a work's records in Embase have no DOI."""
    if "E" not in work.sources:
        return 0
    lacks = not work.doi or "embase:no-doi" in work.traits
    return lacks + ("embase:twin-no-doi" in work.traits or ("embase:twice" in work.traits and lacks))


def _without_doi(rng: Random, works: list[Work]) -> list[Work]:
    """Take DOIs from what only Embase holds, mostly congress abstracts, up to Embase's share."""
    n_records = sum(("E" in work.sources) + ("embase:twice" in work.traits) for work in works)
    n_wanted = round(SHARE_OF_EMBASE_WITHOUT_DOI * n_records) - sum(map(_lacks_doi, works))
    alone = [n for n, work in enumerate(works) if work.sources == "E" and not work.is_real and not _lacks_doi(work)]
    alone = [n for n in alone if not works[n].traits & {"embase:keep-doi", "embase:twice"}]
    meets = [n for n in alone if works[n].kind == "conference"]
    n_meets = min(len(meets), round(0.8 * n_wanted))
    chosen = rng.sample(meets, n_meets) + rng.sample([n for n in alone if n not in set(meets)], n_wanted - n_meets)
    _give(works, chosen, "embase:no-doi")
    return works
