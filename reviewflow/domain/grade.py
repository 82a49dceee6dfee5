"""Certainty of evidence by GRADE: where it starts, what moves it down or up, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reviewflow.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HIGH, LOW = "high", "low"
_RANDOMISED = re.compile(r"\brcts?\b|randomi[sz]ed")
_NOT = re.compile(r"\b(non|not|quasi|un)[- ]?(rct|randomi[sz]ed)")


@dataclass(frozen=True, slots=True)
class Judgement:
    """How far a domain moves the certainty.

    Attributes:
        domain: Its name in the table of domains.
        levels: Below 0 down, above 0 up, 0 where it does not move it.
        reason: Why; needed wherever levels is not 0.
    """

    domain: str
    levels: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Certainty:
    """The judgements on the evidence of one synthesis.

    Attributes:
        synthesis: Name of the planned synthesis.
        start: high for randomised trials, low for other studies.
        robins_i: Whether studies that are not randomised start high because ROBINS-I judged them.
        randomised: Whether all studies are randomised trials.
        importance: critical, important, less important, or "" where nobody said.
        assumed_risk: Risk without the intervention, between 0 and 1; None takes that of the control groups.
        risk_source: Where the assumed risk comes from.
    """

    synthesis: str
    start: str
    judgements: tuple[Judgement, ...] = ()
    robins_i: bool = False
    randomised: bool = False
    importance: str = ""
    assumed_risk: float | None = None
    risk_source: str = ""

    def of(self, domain: str) -> Judgement | None:
        """The judgement on a domain; None where there is none yet."""
        return next((each for each in self.judgements if each.domain == domain), None)


@dataclass(frozen=True, slots=True)
class Rated:
    """What the judgements come to.

    Attributes:
        level: very low, low, moderate or high.
        symbol: The level as four circles.
        open: Labels of the domains that nobody has judged yet; up-rating need not be judged.
        warnings: What does not follow GRADE's rules, one sentence each.
    """

    level: str
    symbol: str
    meaning: str
    open: tuple[str, ...]
    warnings: tuple[str, ...]


def rate(certainty: Certainty, table: Mapping[str, Any]) -> Rated:
    """The level of certainty.

    Args:
        certainty: The judgements.
        table: The domains and levels, schemas/grade.toml.

    Source:
        Guyatt and others 2011, doi:10.1016/j.jclinepi.2010.07.015 (rating), and doi:10.1016/j.jclinepi.2011.06.004
        (rating up).
    """
    levels: list[str] = table["levels"]
    down = sum(each.levels for each in certainty.judgements if each.levels < 0)
    up = sum(each.levels for each in certainty.judgements if each.levels > 0)
    sum_ = levels.index(certainty.start) + down + up
    place = min(max(sum_, 0), len(levels) - 1)
    judged = {each.domain for each in certainty.judgements}
    lacking = tuple(d["label"] for d in table["domain"] if d["sign"] < 0 and d["name"] not in judged)
    return Rated(
        levels[place],
        table["symbols"][place],
        table["meanings"][place],
        lacking,
        tuple(_warnings(certainty, down, up, outside=sum_ != place)),
    )


def _warnings(certainty: Certainty, down: int, up: int, *, outside: bool) -> Iterable[str]:
    if up and down:
        yield "Rated up although rated down: GRADE rates up only evidence without serious limitations."
    if up and certainty.randomised:
        yield "Rated up although the studies are randomised: rating up is meant for studies that are not."
    if certainty.start == HIGH and not certainty.randomised and not certainty.robins_i:
        yield "Studies that are not randomised start high: that needs an appraisal by ROBINS-I."
    if certainty.robins_i and certainty.randomised:
        yield "ROBINS-I is for studies that are not randomised, and these are."
    if outside:
        yield "The steps lead beyond the scale: certainty is never below very low, nor above high."


def starting_level(*, randomised: bool, robins_i: bool = False) -> str:
    """Where the certainty starts: high for randomised trials, and for others where ROBINS-I was used; else low.

    Source:
        Schuenemann and others 2019, doi:10.1016/j.jclinepi.2018.01.012.
    """
    return HIGH if randomised or robins_i else LOW


def is_randomised(design: str) -> bool:
    """Whether a study's design, as the team wrote it, is that of a randomised trial."""
    plain = design.casefold()
    return bool(_RANDOMISED.search(plain)) and not _NOT.search(plain)


def read_judgement(text: str, table: Mapping[str, Any], *, robins_i: bool = False) -> Judgement:
    """A judgement as it is typed: "imprecision=-1: few events", "inconsistency=not serious".

    Raises:
        UsageError: There is no such domain, it does not move so far, or a reason is missing.
    """
    name, sign, rest = text.partition("=")
    domain = _domain(name, table)
    if not sign:
        raise UsageError(
            f"{text!r} is no judgement", f'write --judge "{domain["name"]}={domain["words"][1]}: the reason"'
        )
    said, _, reason = (part.strip() for part in rest.partition(":"))
    steps = _steps(said, domain)
    most = domain.get("most_with_robins_i", domain["most"]) if robins_i else domain["most"]
    if steps > most:
        raise UsageError(
            f"{domain['label']} moves the certainty by at most {most}, not {steps}",
            f"one of: {', '.join(domain['words'][: most + 1])}",
        )
    if steps and not reason:
        raise UsageError(
            f"{domain['label']} moves the certainty without a reason",
            f'write --judge "{name.strip()}={said}: the reason"',
        )
    return Judgement(domain["name"], domain["sign"] * steps, reason)


def _domain(name: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
    plain = name.strip().casefold().replace(" ", "_").replace("-", "_")
    for domain in table["domain"]:
        if plain in {domain["name"], domain["label"].replace(" ", "_").replace("-", "_")}:
            found: Mapping[str, Any] = domain
            return found
    known = ", ".join(domain["name"] for domain in table["domain"])
    raise UsageError(f"{name.strip()!r} is no domain of GRADE", f"one of: {known}")


def _steps(said: str, domain: Mapping[str, Any]) -> int:
    """How many steps a word or a number means; the sign of a number must be the domain's."""
    words: list[str] = domain["words"]
    if said.casefold() in words:
        return words.index(said.casefold())
    try:
        number = int(said)
    except ValueError:
        number = 99
    if (number != 0 and (number > 0) != (domain["sign"] > 0)) or abs(number) >= len(words):
        steps = ", ".join(str(domain["sign"] * n) for n in range(len(words)))
        raise UsageError(f"{said!r} is no judgement on {domain['label']}", f"one of: {', '.join(words)}; or {steps}")
    return abs(number)


def in_words(judgement: Judgement, table: Mapping[str, Any]) -> str:
    """A judgement in the words of its domain: "serious"."""
    domain = _domain(judgement.domain, table)
    return str(domain["words"][abs(judgement.levels)])
