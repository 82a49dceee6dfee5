"""Agreement of the reviewers on their first, blind votes, as far as the viewer may know these.

A report whose votes are not open to the viewer (see `storage.views`) is left out, whoever voted on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from reviewflow.domain.agreement import ManyAgreement, many_agreement, remarks, sentence
from reviewflow.domain.agreement.compared import DECISIONS, Comparison, decision, foremost
from reviewflow.domain.agreement.known import Difference, Looking, OpenReport, known
from reviewflow.domain.screening import CONFLICTS, Ballot, Phase, Role, Stage, State, settle
from reviewflow.errors import UsageError
from reviewflow.storage import pilots, views, votes
from reviewflow.workflow import pilot_votes, report_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reviewflow.domain.agreement.known import Known
    from reviewflow.domain.record import Record
    from reviewflow.domain.screening import Rule
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review

_SUBJECTS = {Stage.TITLE_ABSTRACT: "records", Stage.FULL_TEXT: "reports"}
"""PRISMA screens records by title and abstract, and assesses reports for eligibility."""


_ACCELERATED = (
    "Under the liberal-accelerated rule the second reviewer votes only on what the first excluded: this is not how two "
    "agree who screen everything. A pilot round measures that."
)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A report on which two reviewers differ.

    Attributes:
        verdicts: Of the first and of the second; "" where the viewer may not know it yet.
        reasons: Their primary reasons, likewise; "" also where none was given.
    """

    report: int
    title: str
    verdicts: tuple[str, str]
    reasons: tuple[str, str]


@dataclass(frozen=True, slots=True)
class OfPair:
    """How two reviewers agree at a stage.

    Attributes:
        reviewers: The two; the first is the rows of the tables.
        n: Reports on which both voted, that the viewer may see.
        n_agreed: Of these, where they take the same decision; None while that is not known.
        n_not_blind: Reports left out because a vote of theirs was cast after the other's could be seen.
        n_waiting: Disagreements whose votes the viewer may not know yet: the coefficients wait for these.
        comparisons: Tables with their coefficients; none while they wait, or where n is 0.
        disagreements: By report.
        sentence: For the text of the review, "" without comparisons.
        remarks: What to beware of.
    """

    reviewers: tuple[str, str]
    n: int
    n_agreed: int | None
    n_not_blind: int
    n_waiting: int
    comparisons: tuple[Comparison, ...]
    disagreements: tuple[Disagreement, ...]
    sentence: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfStage:
    """How the reviewers agree at a stage.

    Attributes:
        n_reports: Reports at this stage, as the viewer may know.
        n_left_out: Of these, those whose votes are not open to the viewer.
        n_in_pilots: Of these, those left out because all votes on them were seen in a pilot round before.
        pairs: Each pair of reviewers.
        together: On the decision of all reviewers together, where there are more than two and no conflict is open.
    """

    stage: Stage
    n_reports: int
    n_left_out: int
    pairs: tuple[OfPair, ...]
    together: ManyAgreement | None
    n_in_pilots: int = 0


def agreement(
    review: Review,
    viewer_name: str,
    stage: Stage | None = None,
    pair: Sequence[str] = (),
    phase: Phase = Phase.BLIND,
) -> list[OfStage]:
    """How the reviewers agree, as a viewer may know.

    Args:
        review: The review.
        viewer_name: Who looks, "" for nobody in particular.
        stage: The stage; None for both.
        pair: Two reviewers; empty for every pair.
        phase: BLIND for the votes before anybody could see another's; CROSS_CHECK for those that stand after it.

    Raises:
        UsageError: Somebody is not in the team, the pair is no pair, or the phase has no votes to compare.
    """
    _check_asked(review, pair, phase)
    who = views.viewer(review.protocol, viewer_name)
    with review.reading() as connection:
        return [_at(review, connection, who, each, pair, phase) for each in ((stage,) if stage else tuple(Stage))]


def _check_asked(review: Review, pair: Sequence[str], phase: Phase) -> None:
    if phase is Phase.ADJUDICATION:
        raise UsageError("an adjudication is one person's: nobody agrees or differs", "--phase blind")
    if pair and (len(pair), len(set(pair))) != (2, 2):
        raise UsageError(f"{','.join(pair)!r} names no two reviewers", "--pair A,B")
    for name in pair:
        if Role.REVIEWER not in review.protocol.member(name).roles:
            raise UsageError(f"{name} does not screen in this review", "reviewflow team list")


def _at(
    review: Review, connection: Connection, who: views.Viewer, stage: Stage, pair: Sequence[str], phase: Phase
) -> OfStage:
    looking = Looking(who.name, review.protocol.rules[stage], phase)
    at_stage = [view for view in views.report_views(connection, who, stage) if _reached(review, view, stage)]
    piloted = _piloted(review, connection, stage)
    seen = _opened(connection, [view for view in at_stage if view.is_open and view.id not in piloted], looking)
    n_in_pilots = sum(view.id in piloted for view in at_stage)
    found = of_reports(review, connection, looking, seen, pair)
    n_left_out = len(at_stage) - len(seen) - n_in_pilots
    return replace(found, n_reports=len(at_stage), n_left_out=n_left_out, n_in_pilots=n_in_pilots)


def _piloted(review: Review, connection: Connection, stage: Stage) -> set[int]:
    """The reports in the sample of a pilot round whose votes everybody may see."""
    team = review.protocol.with_role(Role.REVIEWER)
    rounds = (each for each in pilots.pilots(connection) if each.stage is stage)
    shown = [each for each in rounds if pilot_votes.is_shown(connection, each, team)]
    return {report for each in shown for report in pilots.sample(connection, each.id)}


def of_reports(
    review: Review, connection: Connection, looking: Looking, seen: Sequence[OpenReport], pair: Sequence[str] = ()
) -> OfStage:
    """How the reviewers agree on some reports.

    Args:
        review: The review.
        connection: A connection.
        looking: Who looks at which votes.
        seen: The reports, with the votes to compare.
        pair: Two reviewers; empty for every pair.
    """
    sorted_ = {two: known(seen, looking, two) for two in _pairs(review, seen, pair)}
    shown = report_fields.shown_records(
        connection, {diff.report for one in sorted_.values() for diff in one.differences}
    )
    reasons = [reason.id for reason in review.protocol.reasons]
    told = tuple(_told(two, one, looking, reasons, shown) for two, one in sorted_.items())
    together = None if pair else _together(seen, looking.rule)
    return OfStage(looking.rule.stage, len(seen), 0, told, together)


def _reached(review: Review, view: views.ReportView, stage: Stage) -> bool:
    """Whether a report is at the stage: full texts only where title and abstract settle on inclusion."""
    if view.removed:
        return False
    first = settle(view.title_abstract, review.protocol.rules[Stage.TITLE_ABSTRACT])
    return stage is Stage.TITLE_ABSTRACT or first.state is State.INCLUDED


def _opened(connection: Connection, open_views: list[views.ReportView], looking: Looking) -> list[OpenReport]:
    """The open reports with the votes to compare; a vote that contradicts itself is nobody's to see but its voter's."""
    stage = looking.rule.stage
    reports = [view.id for view in open_views]
    latest = {
        report: {ballot.reviewer: ballot for role, ballot in cast if role is Role.REVIEWER}
        for report, cast in votes.ballots(connection, stage, reports).items()
    }
    compared = _blind_votes(connection, stage, reports) if looking.phase is Phase.BLIND else latest
    found = []
    for view in open_views:
        voters = frozenset(latest.get(view.id, ()))
        cast = {name: ballot for name, ballot in compared.get(view.id, {}).items() if name in voters}
        found.append(OpenReport(view.id, settle(view.tally(stage), looking.rule).state, voters, cast))
    return found


def _blind_votes(connection: Connection, stage: Stage, reports: Sequence[int]) -> dict[int, dict[str, Ballot]]:
    """Report -> reviewer -> the vote as it stood when blindness ended: a slip that was replaced before is not it."""
    found: dict[int, dict[str, Ballot]] = {}
    for report, vote in votes.standing_votes(connection, stage, reports):
        if vote.role is Role.REVIEWER and vote.phase is Phase.BLIND:
            found.setdefault(report, {})[vote.reviewer] = Ballot(vote.reviewer, vote.verdict, vote.reason)
    return found


def _pairs(review: Review, seen: Sequence[OpenReport], asked: Sequence[str]) -> list[tuple[str, str]]:
    """The pair that was asked for, or all: of the team, and of those who voted and left it."""
    if asked:
        return [(asked[0], asked[1])]
    team = review.protocol.with_role(Role.REVIEWER)
    gone = {name for each in seen for name in each.voters} - set(team)
    return list(combinations([*team, *sorted(gone)], 2))


def _told(
    two: tuple[str, str], one: Known, looking: Looking, reasons: Sequence[str], shown: Mapping[int, Record]
) -> OfPair:
    rule = looking.rule
    comparisons = one.comparisons(rule, reasons)
    foremost_ = foremost(comparisons).agreement if comparisons else None
    return OfPair(
        two,
        one.n,
        one.n_agreed(rule),
        one.n_not_blind,
        one.n_waiting,
        comparisons,
        tuple(_disagreement(diff, shown[diff.report].title) for diff in one.differences),
        sentence(foremost_, _SUBJECTS[rule.stage]) if foremost_ else "",
        (*remarks(foremost_), *([_ACCELERATED] if rule.accelerated else [])) if foremost_ else (),
    )


def _disagreement(diff: Difference, title: str) -> Disagreement:
    one, two = diff.votes
    verdicts = (str(one.verdict) if one else "", str(two.verdict) if two else "")
    return Disagreement(diff.report, title, verdicts, (one.reason if one else "", two.reason if two else ""))


def _together(seen: Sequence[OpenReport], rule: Rule) -> ManyAgreement | None:
    """All reviewers on the decision, with missing votes; None below three, and while a conflict is open."""
    names = sorted({name for each in seen for name in each.votes})
    if len(names) < 3 or any(each.state in CONFLICTS for each in seen):
        return None
    rows = [[_decided(each.votes.get(name), rule) for name in names] for each in seen]
    return many_agreement(rows, [str(each) for each in DECISIONS])


def _decided(ballot: Ballot | None, rule: Rule) -> str | None:
    found = decision(ballot.verdict, rule) if ballot else None
    return str(found) if found else None
