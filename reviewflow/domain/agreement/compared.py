"""The votes of two reviewers at a stage, compared: on the decision, on the verdict as given, on the primary reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from reviewflow.domain.agreement.pair import PairAgreement, pair_agreement
from reviewflow.domain.agreement.table import PairTable
from reviewflow.domain.screening import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.screening import Ballot, Rule

DECISIONS = (Verdict.INCLUDE, Verdict.EXCLUDE)


class On(StrEnum):
    """What is compared."""

    DECISION = "decision"
    VERDICT = "verdict"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One table of two reviewers.

    Attributes:
        on: The decision to include or exclude; the verdicts as given; or the primary reason where both exclude.
        agreement: Its coefficients.
        n_undecided: Reports left out because one of the two neither included nor excluded; for the decision only.
    """

    on: On
    agreement: PairAgreement
    n_undecided: int = 0


def decision(verdict: Verdict, rule: Rule) -> Verdict | None:
    """Include or exclude, an unsure vote as the rule counts it; None where the verdict is neither."""
    if verdict is Verdict.UNSURE and rule.unsure == "include":
        return Verdict.INCLUDE
    return verdict if verdict in DECISIONS else None


def choice(ballot: Ballot, rule: Rule) -> Verdict:
    """The decision, or the verdict where that is neither to include nor to exclude."""
    return decision(ballot.verdict, rule) or ballot.verdict


def opposite(of: Verdict) -> Verdict:
    """The other decision."""
    return Verdict.EXCLUDE if of is Verdict.INCLUDE else Verdict.INCLUDE


def compared(
    known: Sequence[tuple[Ballot, Ballot]],
    inferred: Sequence[tuple[Verdict, Verdict]],
    rule: Rule,
    reasons: Sequence[str],
) -> tuple[Comparison, ...]:
    """The tables of two reviewers, that of the decision first.

    Args:
        known: What the two said of a report, the same of the two first each time.
        inferred: Decisions on further reports, of which not all is known: only the decision is compared on these, and
            what needs every vote is left out.
        rule: Of the stage.
        reasons: Ids of the exclusion reasons, in the protocol's order.
    """
    decisions = [(decision(one.verdict, rule), decision(two.verdict, rule)) for one, two in known]
    decided = [(one, two) for one, two in decisions if one and two]
    found = [_comparison(On.DECISION, DECISIONS, [*decided, *inferred], len(decisions) - len(decided))]
    if inferred:
        return tuple(found)
    given = {each.verdict for pair in known for each in pair}
    if given - set(DECISIONS):
        categories = [verdict for verdict in Verdict if verdict in {*DECISIONS, *given}]
        found.append(_comparison(On.VERDICT, categories, [(one.verdict, two.verdict) for one, two in known]))
    both = [(one.reason, two.reason) for one, two in known if one.verdict is two.verdict is Verdict.EXCLUDE]
    if any(any(pair) for pair in both):
        used = {reason for pair in both for reason in pair}
        categories_ = [reason for reason in reasons if reason in used] + sorted(used - set(reasons))
        found.append(_comparison(On.REASON, categories_, both))
    return tuple(found)


def _comparison(
    on: On, categories: Sequence[str], pairs: Sequence[tuple[str, str]], n_undecided: int = 0
) -> Comparison:
    names = [str(each) for each in categories]
    table = PairTable.of(names, ((str(one), str(two)) for one, two in pairs))
    return Comparison(on, pair_agreement(table), n_undecided)


def foremost(comparisons: Sequence[Comparison]) -> Comparison:
    """The one for the text of the review: the decision, or the verdicts as given where the decision leaves some out."""
    first = comparisons[0]
    whole = next((each for each in comparisons if each.on is On.VERDICT), first)
    return whole if first.n_undecided else first
