"""Certainty of evidence: judgements are set domain by domain, and shown with what they come to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reviewflow.domain.grade import (
    HIGH,
    LOW,
    Certainty,
    Rated,
    in_words,
    is_randomised,
    rate,
    read_judgement,
    starting_level,
)
from reviewflow.domain.synthesis import chosen_studies
from reviewflow.domain.words import counted
from reviewflow.errors import UsageError
from reviewflow.resources import schema_toml
from reviewflow.storage import certainty as stored
from reviewflow.workflow import synthesis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.domain.protocol import PlannedSynthesis
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is set at once; None leaves what was said before.

    Attributes:
        judgements: As they are typed: "imprecision=serious: few events".
    """

    judgements: tuple[str, ...] = ()
    start: str | None = None
    robins_i: bool | None = None
    importance: str | None = None
    assumed_risk: float | None = None
    risk_source: str | None = None


@dataclass(frozen=True, slots=True)
class Graded:
    """A planned synthesis with the judgements on its evidence and what they come to."""

    plan: PlannedSynthesis
    certainty: Certainty
    rated: Rated

    def to_json(self) -> dict[str, Any]:
        """What `grade show --json` prints of it."""
        certainty, rated = self.certainty, self.rated
        return {
            "synthesis": self.plan.name,
            "outcome": self.plan.endpoint,
            "level": rated.level,
            "start": certainty.start,
            "randomised": certainty.randomised,
            "robins_i": certainty.robins_i,
            "importance": certainty.importance,
            "judgements": [
                {"domain": each.domain, "levels": each.levels, "words": in_words(each, table()), "reason": each.reason}
                for each in certainty.judgements
            ],
            "open": list(rated.open),
            "warnings": list(rated.warnings),
            "assumed_risk": certainty.assumed_risk,
            "risk_source": certainty.risk_source,
        }

    @property
    def reasons(self) -> list[str]:
        """The reasons for each step down or up, as footnotes give them."""
        words = []
        for domain in table()["domain"]:
            each = self.certainty.of(domain["name"])
            if each is not None and each.levels:
                step = "Rated down" if each.levels < 0 else "Rated up"
                levels = counted(abs(each.levels), "level")
                words.append(f"{step} {levels} for {domain['label']} ({in_words(each, table())}): {each.reason}")
        if self.certainty.robins_i:
            words.append("Starts high although not randomised: risk of bias was appraised with ROBINS-I.")
        return words


def table() -> dict[str, Any]:
    """The domains and levels."""
    return schema_toml("grade.toml")


def set_certainty(review: Review, act: Act, name: str, setting: Setting) -> Graded:
    """Set judgements on the evidence of a synthesis; what is not said stays as it was.

    Args:
        review: The review.
        act: Who judges.
        name: A planned synthesis, or its endpoint where one synthesis alone has it.
        setting: What is set.

    Raises:
        UsageError: There is no such synthesis or domain, a reason is missing, or nothing is set.
    """
    plan = find_plan(review, name)
    if setting == Setting():
        raise UsageError("nothing is set", 'for example: --judge "imprecision=serious: few events"')
    with review.change(act) as entry:
        before = stored.certainties(entry.connection).get(plan.name)
        now = _changed(before or _fresh(review, entry.connection, plan), setting)
        if now != before:
            stored.add_certainty(entry, now)
        entry.note = f"{plan.name}: {rate(now, table()).level}"
        return Graded(plan, now, rate(now, table()))


def find_plan(review: Review, name: str) -> PlannedSynthesis:
    """The planned synthesis of that name or endpoint.

    Raises:
        UsageError: There is none, or several have that endpoint.
    """
    by_endpoint = [plan for plan in review.protocol.syntheses if plan.endpoint == name]
    if len(by_endpoint) == 1:
        return by_endpoint[0]
    if by_endpoint and all(plan.name != name for plan in by_endpoint):
        names = ", ".join(plan.name for plan in by_endpoint)
        raise UsageError(f"{name} is the endpoint of {len(by_endpoint)} syntheses", f"name one of: {names}")
    return review.protocol.synthesis(name)


def _fresh(review: Review, connection: Connection, plan: PlannedSynthesis) -> Certainty:
    """No judgement yet; where it starts follows from the designs of the studies."""
    designs = {study.design for study in chosen_studies(plan, synthesis.included_studies(review, connection))}
    randomised = bool(designs) and all(map(is_randomised, designs)) and plan.arms != "experimental"
    return Certainty(plan.name, starting_level(randomised=randomised), randomised=randomised)


def _changed(certainty: Certainty, setting: Setting) -> Certainty:
    robins_i = certainty.robins_i if setting.robins_i is None else setting.robins_i
    new = [read_judgement(text, table(), robins_i=robins_i) for text in setting.judgements]
    twice = [each.domain for each in new if sum(other.domain == each.domain for other in new) > 1]
    if twice:
        raise UsageError(f"{twice[0]} is judged twice", "judge each domain once")
    replaced = {each.domain for each in new}
    kept = [each for each in certainty.judgements if each.domain not in replaced]
    order = [domain["name"] for domain in table()["domain"]]
    judged = tuple(sorted([*kept, *new], key=lambda each: order.index(each.domain)))
    start = certainty.start
    if setting.robins_i is not None:
        start = starting_level(randomised=certainty.randomised, robins_i=robins_i)
    return replace(
        certainty,
        judgements=judged,
        robins_i=robins_i,
        start=_one_of("start", setting.start, (HIGH, LOW)) or start,
        importance=_one_of("importance", setting.importance, table()["importance"]) or certainty.importance,
        assumed_risk=_risk(setting.assumed_risk, certainty.assumed_risk),
        risk_source=certainty.risk_source if setting.risk_source is None else setting.risk_source,
    )


def _one_of(what: str, said: str | None, allowed: Sequence[str]) -> str:
    if said is not None and said not in allowed:
        raise UsageError(f"{said!r} is no {what}", f"one of: {', '.join(allowed)}")
    return said or ""


def _risk(said: float | None, before: float | None) -> float | None:
    if said is not None and not 0 <= said <= 1:
        raise UsageError(f"an assumed risk of {said:g}", "it is a share between 0 and 1: 0.2 for 20 %")
    return before if said is None else said


def graded(review: Review, names: Sequence[str] = ()) -> list[Graded]:
    """The planned syntheses whose evidence was judged, in the order of the protocol.

    Raises:
        UsageError: There is no synthesis of a name.
    """
    wanted = {find_plan(review, name).name for name in names}
    with review.reading() as connection:
        known = stored.certainties(connection)
    return [
        Graded(plan, known[plan.name], rate(known[plan.name], table()))
        for plan in review.protocol.syntheses
        if plan.name in known and (not wanted or plan.name in wanted)
    ]
