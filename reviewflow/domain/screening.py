"""The rule of screening: how the votes on a report at a stage become an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Stage(StrEnum):
    """A stage of screening."""

    TITLE_ABSTRACT = "title_abstract"
    FULL_TEXT = "full_text"

    @property
    def words(self) -> str:
        """The stage in words, as it stands after "at"."""
        return "title/abstract" if self is Stage.TITLE_ABSTRACT else "full text"


class Verdict(StrEnum):
    """What one reviewer decides on one report at one stage. The last two are for full texts only."""

    INCLUDE = "include"
    EXCLUDE = "exclude"
    UNSURE = "unsure"
    AWAITING = "awaiting_classification"
    ONGOING = "ongoing"


class Phase(StrEnum):
    """When a vote was cast: blind, at the cross-check of a disagreement, or as adjudication."""

    BLIND = "blind"
    CROSS_CHECK = "cross_check"
    ADJUDICATION = "adjudication"


class Role(StrEnum):
    """What a person of the team does, or that the person has left it."""

    REVIEWER = "reviewer"
    ADJUDICATOR = "adjudicator"
    LEAD = "lead"
    FORMER = "former"


class State(StrEnum):
    """Where a report stands at a stage."""

    PENDING = "pending"
    CROSS_CHECK = "cross_check"
    ADJUDICATION = "adjudication"
    INCLUDED = "included"
    EXCLUDED = "excluded"
    AWAITING = "awaiting_classification"
    ONGOING = "ongoing"


CONFLICTS = frozenset({State.CROSS_CHECK, State.ADJUDICATION})
OPEN = frozenset({State.PENDING, *CONFLICTS})


@dataclass(frozen=True, slots=True)
class Rule:
    """How a stage is screened.

    Attributes:
        stage: The stage it is for.
        votes: Independent votes that a report needs.
        cross_check: Whether the reviewers reconsider a disagreement before it is adjudicated.
        one_include_suffices: Whether a single inclusion settles on inclusion once all votes are in.
        unsure: Whether an unsure vote counts as "include", or leaves the report "open" for adjudication.
        reason_decides: Whether exclusions must agree on the primary reason.
        accelerated: Whether a single inclusion settles at once, so that the others vote only on what somebody
            excluded. What waits for them then tells of the exclusion: the one exemption from blindness.
    """

    stage: Stage
    votes: int = 2
    cross_check: bool = True
    one_include_suffices: bool = False
    unsure: Literal["include", "open"] = "include"
    reason_decides: bool = False
    accelerated: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.votes <= 9:
            raise InputError(
                f"screening.{self.stage}.votes is {self.votes}; it must be 1 to 9",
                "two independent votes are the usual rule: votes = 2",
            )


RULES: Mapping[str, Mapping[str, int | bool]] = {
    "two": {"votes": 2},
    "single": {"votes": 1},
    "one-include-suffices": {"votes": 2, "one_include_suffices": True},
    "liberal-accelerated": {"votes": 2, "accelerated": True},
}
"""The rules by the names that the literature has for them."""
FOR_ABSTRACTS_ONLY = frozenset({"one-include-suffices", "liberal-accelerated"})
"""Of these, those for titles and abstracts: MECIR C39 asks for two people on the final inclusion."""


def named_rule(stage: Stage, name: str) -> Mapping[str, int | bool]:
    """What a rule by its name says of votes.

    Raises:
        InputError: It is not meant for that stage.
    """
    if stage is Stage.FULL_TEXT and name in FOR_ABSTRACTS_ONLY:
        raise InputError(
            f'screening.{stage}.rule is "{name}", which is for titles and abstracts: one person would include a study',
            'rule = "two"',
        )
    return RULES[name]


@dataclass(frozen=True, slots=True)
class Tally:
    """How the ballots on one report stand at one stage: each reviewer by the latest standing vote.

    Attributes:
        included: Reviewers who include; likewise excluded, unsure, awaiting, ongoing.
        n_reasons: Distinct primary reasons among those who exclude.
        reason: The primary reason when they give one and the same, otherwise "".
        reconsidered: Reviewers whose latest vote was cast at the cross-check.
        adjudicated: The adjudicator's verdict, "" while there is none.
        adjudicated_reason: The adjudicator's primary reason.
        n_left: Voters who have left the team: their votes count, and no cross-check waits for them. Not in the code.
    """

    included: int = 0
    excluded: int = 0
    unsure: int = 0
    awaiting: int = 0
    ongoing: int = 0
    n_reasons: int = 0
    reason: str = ""
    reconsidered: int = 0
    adjudicated: str = ""
    adjudicated_reason: str = ""
    n_left: int = 0

    @property
    def voters(self) -> int:
        """Reviewers who have voted."""
        return self.included + self.excluded + self.unsure + self.awaiting + self.ongoing

    @property
    def code(self) -> str:
        """The tally as the side table of reports holds it, "" when nobody has voted."""
        counts = f"{self.included}/{self.excluded}/{self.unsure}/{self.awaiting}/{self.ongoing}"
        rest = (self.n_reasons, self.reason, self.reconsidered, self.adjudicated, self.adjudicated_reason)
        return "|".join((counts, *map(str, rest))) if self.voters or self.adjudicated else ""

    @classmethod
    def from_code(cls, code: str) -> Tally:
        """The tally that was written as `code`."""
        if not code:
            return cls()
        counts, n_reasons, reason, reconsidered, adjudicated, adjudicated_reason = code.split("|")
        included, excluded, unsure, awaiting, ongoing = map(int, counts.split("/"))
        return cls(
            included=included,
            excluded=excluded,
            unsure=unsure,
            awaiting=awaiting,
            ongoing=ongoing,
            n_reasons=int(n_reasons),
            reason=reason,
            reconsidered=int(reconsidered),
            adjudicated=adjudicated,
            adjudicated_reason=adjudicated_reason,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the votes on a report settle on; `reason` only for an exclusion."""

    state: State
    reason: str = ""


_OF_VERDICT = {
    Verdict.INCLUDE: State.INCLUDED,
    Verdict.EXCLUDE: State.EXCLUDED,
    Verdict.AWAITING: State.AWAITING,
    Verdict.ONGOING: State.ONGOING,
}


def n_for_inclusion(tally: Tally, rule: Rule) -> int:
    """Voters whose vote counts as an inclusion."""
    return tally.included + (tally.unsure if rule.unsure == "include" else 0)


def settles_at_once(tally: Tally, rule: Rule) -> bool:
    """Whether the rule is accelerated and somebody includes: nobody else's vote is asked for."""
    return rule.accelerated and n_for_inclusion(tally, rule) > 0


def is_enough(tally: Tally, rule: Rule) -> bool:
    """Whether the votes that the rule asks for are in."""
    return tally.voters >= rule.votes or settles_at_once(tally, rule)


def settle(tally: Tally, rule: Rule) -> Outcome:
    """The outcome of the ballots on a report under the rule of the stage.

    While some but not all voters have reconsidered, the report stays at the cross-check whatever they now say, so that
    nobody learns the other's second opinion before giving the own. Where a voter has left the team, the cross-check
    would wait for ever: a disagreement goes to the adjudicator.
    """
    if tally.adjudicated:
        state = _OF_VERDICT[Verdict(tally.adjudicated)]
        return Outcome(state, tally.adjudicated_reason if state is State.EXCLUDED else "")
    if not is_enough(tally, rule):
        return Outcome(State.PENDING)
    if settles_at_once(tally, rule):
        return Outcome(State.INCLUDED)
    if 0 < tally.reconsidered < tally.voters and not tally.n_left:
        return Outcome(State.CROSS_CHECK)
    agreed = _agreed(tally, rule)
    if agreed is not None:
        return agreed
    goes_over_it_again = rule.cross_check and not tally.reconsidered and not tally.n_left
    return Outcome(State.CROSS_CHECK if goes_over_it_again else State.ADJUDICATION)


def _agreed(tally: Tally, rule: Rule) -> Outcome | None:
    """What all voters say, or None where they differ."""
    voters = tally.voters
    include = n_for_inclusion(tally, rule)
    if include == voters or (rule.one_include_suffices and include):
        return Outcome(State.INCLUDED)
    if tally.excluded == voters:
        if rule.reason_decides and tally.n_reasons > 1:
            return None
        return Outcome(State.EXCLUDED, tally.reason)
    if tally.awaiting == voters:
        return Outcome(State.AWAITING)
    return Outcome(State.ONGOING) if tally.ongoing == voters else None


@dataclass(frozen=True, slots=True)
class Ballot:
    """One reviewer's latest standing vote on a report at a stage."""

    reviewer: str
    verdict: Verdict
    reason: str = ""
    phase: Phase = Phase.BLIND


def tally_of(ballots: Iterable[Ballot]) -> Tally:
    """The tally of some reviewers' ballots on one report; for what a single viewer may see of it."""
    cast = list(ballots)
    counts = {verdict: sum(ballot.verdict is verdict for ballot in cast) for verdict in Verdict}
    reasons = {ballot.reason for ballot in cast if ballot.verdict is Verdict.EXCLUDE}
    return Tally(
        included=counts[Verdict.INCLUDE],
        excluded=counts[Verdict.EXCLUDE],
        unsure=counts[Verdict.UNSURE],
        awaiting=counts[Verdict.AWAITING],
        ongoing=counts[Verdict.ONGOING],
        n_reasons=len(reasons),
        reason=reasons.pop() if len(reasons) == 1 else "",
        reconsidered=sum(ballot.phase is Phase.CROSS_CHECK for ballot in cast),
    )
