"""History: where the review stands, what to do next, every change, and undo as a change of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reviewflow.domain.flow.computed import sort_reports
from reviewflow.domain.ledger import standing
from reviewflow.domain.screening import CONFLICTS, Role, Stage, State, settle
from reviewflow.domain.words import counted
from reviewflow.errors import StateError, UsageError
from reviewflow.storage import dependence, ledger, records, retrieval, studies, views, votes
from reviewflow.workflow import assignment, pilot_votes
from reviewflow.workflow import flow as flow_
from reviewflow.workflow.deduplication import n_waiting, was_run
from reviewflow.workflow.screening import n_to_screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.flow.computed import Column
    from reviewflow.domain.ledger import Act, Change
    from reviewflow.storage.engine import Connection
    from reviewflow.storage.ledger import Entry
    from reviewflow.storage.review import Review
    from reviewflow.workflow.flow import Flow
    from reviewflow.workflow.pilot_votes import InRound


@dataclass(frozen=True, slots=True)
class StageStatus:
    """One line of `status`: a stage, what is done in it, and what is open."""

    stage: str
    done: str
    n_open: int
    words: str


@dataclass(frozen=True, slots=True)
class Status:
    """Where a review stands, as one viewer may see it.

    Attributes:
        stages: One for each step, in the order of the review.
        next: What to do next: a command and why.
    """

    title: str
    note: str
    stages: tuple[StageStatus, ...]
    next: tuple[str, str]
    flow: Flow


def status(review: Review, viewer_name: str = "") -> Status:
    """Where the review stands and what to do next."""
    who = views.viewer(review.protocol, viewer_name)
    with review.reading() as connection:
        standings = views.patterns(connection, who)
        flow = flow_.counted(review, connection, viewer_name, standings)
        searches = records.searches(connection)
        deduplicated = was_run(connection)
        n_doubtful = n_waiting(connection)
        n_studies = len(studies.studies(connection))
        rounds = tuple(pilot_votes.standings(review, connection, who))
        before = (*(each.next_step for each in rounds), *assignment.to_hand_over(review, connection))
    columns = list(sort_reports(standings, review.protocol.rules).values())
    n_mine = {stage: n_to_screen(review, standings, stage) if who.screens else 0 for stage in Stage}
    n_mine |= {each.pilot.stage: each.n_waiting for each in rounds}
    n_against = Counter(stage for _, stage, _ in contradictions(review, viewer_name))
    counts = flow.counts
    first = _screening(columns, "title_abstract")
    second = _screening(columns, "full_text")
    n_records = sum(search.n_records for search in searches)
    stages = (
        StageStatus(
            "identification", f"{counted(len(searches), 'search', 'searches')}, {counted(n_records, 'record')}", 0, ""
        ),
        StageStatus(
            "deduplication",
            f"{counts.duplicates} duplicates",
            n_doubtful,
            _deduplication_words(n_doubtful, deduplicated=deduplicated),
        ),
        _stage(Stage.TITLE_ABSTRACT, first, n_mine, n_against[Stage.TITLE_ABSTRACT], rounds),
        StageStatus(
            "retrieval",
            f"{sum(c.sought for c in columns)} sought, {sum(c.not_retrieved for c in columns)} not retrieved",
            counts.open_retrieval,
            f"{counts.open_retrieval} to retrieve" if counts.open_retrieval else "",
        ),
        _stage(Stage.FULL_TEXT, second, n_mine, n_against[Stage.FULL_TEXT], rounds),
        StageStatus(
            "studies",
            f"{counts.new_studies} included in {counts.new_reports} reports" if n_studies else "none yet",
            counts.open_unlinked,
            f"{counts.open_unlinked} included reports without a study" if counts.open_unlinked else "",
        ),
    )
    what = _next(review, flow, n_records, first, second, n_mine, who, n_doubtful, before, deduplicated=deduplicated)
    return Status(review.protocol.title, review.protocol.note, stages, what, flow)


def _deduplication_words(n_doubtful: int, *, deduplicated: bool) -> str:
    if not deduplicated:
        return "not run since the last import"
    return f"{counted(n_doubtful, 'pair')} for a person to judge" if n_doubtful else ""


def _screening(columns: list[Column], stage: str) -> Counter[State]:
    total: Counter[State] = Counter()
    for column in columns:
        total += getattr(column, stage)
    return total


def _stage(
    stage: Stage, count: Counter[State], mine: dict[Stage, int], n_against: int, rounds: Sequence[InRound]
) -> StageStatus:
    n_mine = mine[stage]
    n_conflicts = sum(count[state] for state in CONFLICTS)
    n_open = count[State.PENDING] + n_conflicts
    done = f"{count[State.INCLUDED]} included, {count[State.EXCLUDED]} excluded"
    apart = ((State.AWAITING, "awaiting classification"), (State.ONGOING, "ongoing"))
    done += "".join(f", {count[state]} {words}" for state, words in apart if count[state])
    words = [f"{n_open} open"] if n_open else []
    words += [f"{n_conflicts} in conflict"] if n_conflicts else []
    words += [f"pilot round {each.pilot.name} goes on" for each in rounds if each.pilot.stage is stage]
    words += [f"{n_mine} wait for you"] if n_mine else []
    words += [f"{n_against} of them again, since your votes on merged records differ"] if n_against else []
    return StageStatus(stage.words, done, n_open, ", ".join(words))


def _next(
    review: Review,
    flow: Flow,
    n_records: int,
    first: Counter[State],
    second: Counter[State],
    n_mine: dict[Stage, int],
    who: views.Viewer,
    n_doubtful: int,
    before: Sequence[tuple[str, str]],
    *,
    deduplicated: bool,
) -> tuple[str, str]:
    """The one thing to do next: a command and why."""
    counts = flow.counts
    adjudicates = bool(who.name) and Role.ADJUDICATOR in review.protocol.member(who.name).roles
    n_judge = first[State.ADJUDICATION] + second[State.ADJUDICATION]
    n_first, n_second = n_mine[Stage.TITLE_ABSTRACT], n_mine[Stage.FULL_TEXT]
    waiting = counts.open_undecided + counts.open_conflicts
    steps: tuple[tuple[object, str, str], ...] = (
        (
            not review.protocol.with_role(Role.REVIEWER),
            "reviewflow team add NAME --role reviewer",
            "nobody screens yet",
        ),
        (not n_records, "reviewflow import FILE --source NAME", "no records yet"),
        (not deduplicated, "reviewflow dedup run", "duplicates have not been looked for since the last import"),
        (
            n_doubtful,
            "reviewflow dedup review",
            f"{counted(n_doubtful, 'pair')} may be duplicates: a person has to judge",
        ),
        *((True, *each) for each in before),
        (n_first, "reviewflow screen", f"{n_first} titles and abstracts wait for {who.name}"),
        (
            n_judge,
            "reviewflow screen conflicts",
            f"{n_judge} conflicts wait for {'you' if adjudicates else 'an adjudicator'}",
        ),
        (n_second, "reviewflow screen --stage full_text", f"{n_second} full texts wait for {who.name}"),
        (
            waiting,
            "reviewflow status" if who.name else "reviewflow screen --as NAME",
            _waiting_words(counts.open_undecided, counts.open_conflicts) + ("; none waits for you" if who.name else ""),
        ),
        (counts.open_retrieval, "reviewflow fulltext list", f"{counts.open_retrieval} full texts to retrieve"),
        (
            counts.open_unlinked,
            'reviewflow study link "LABEL" pN',
            f"{counts.open_unlinked} included reports belong to no study yet",
        ),
        (True, "reviewflow flow show", "every decision is made: the diagram can be drawn"),
    )
    return next((command, why) for applies, command, why in steps if applies)


def _waiting_words(n_undecided: int, n_checked: int) -> str:
    """What reports that wait for others wait for: votes, or that disagreements are gone over again."""
    found = [f"{counted(n_undecided, 'report')} without all votes"] if n_undecided else []
    if n_checked:
        be = "is" if n_checked == 1 else "are"
        found.append(f"{counted(n_checked, 'report')} {be} to be gone over again at the cross-check")
    return ", ".join(found)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A change as one viewer may see it.

    Attributes:
        words: What it did; counts only what the viewer may see.
        number: Its number in the viewer's own log; None for another's change, whose number would tell of hidden ones.
        undoes: Code of the change that it undoes, "" when none.
    """

    change: Change
    words: str
    undoes: str
    number: int | None


def log(review: Review, viewer_name: str = "") -> list[LogLine]:
    """Every change that the viewer may know of, oldest first."""
    who = views.viewer(review.protocol, viewer_name)
    with review.reading() as connection:
        return _log(connection, who)


def _log(connection: Connection, who: views.Viewer) -> list[LogLine]:
    every = ledger.changes(connection)
    lines = dependence.n_lines(connection)
    shown_votes = _visible_votes(connection, who) + pilot_votes.n_shown_by_change(connection, who)
    unseen = _partly_hidden_retrievals(connection, who)
    by_id = {change.id: change for change in every}
    found = []
    n_own = 0
    for change in every:
        n_own += change.reviewer == who.name
        words = _words(change, who, lines.get(change.id, {}), shown_votes[change.id], unseen.get(change.id))
        root = change
        while root.undoes is not None:
            root = by_id[root.undoes]
        if root is not change:
            hidden = _words(root, who, lines.get(root.id, {}), shown_votes[root.id], unseen.get(root.id)) is None
            words = None if hidden and change.reviewer != who.name else f"undo of {by_id[change.undoes or 0].code}"
        if words is not None:
            undone = by_id[change.undoes].code if change.undoes is not None else ""
            found.append(LogLine(change, words, undone, n_own if change.reviewer == who.name else None))
    return found


def _visible_votes(connection: Connection, who: views.Viewer) -> Counter[int]:
    """Change -> on how many reports whose votes the viewer may see it voted."""
    open_reports = {
        (view.id, stage) for stage in Stage for view in views.report_views(connection, who, stage) if view.is_open
    }
    cast = {(change, report, stage) for change, report, stage, _ in dependence.votes_by_change(connection)}
    return Counter(change for change, report, stage in cast if (report, Stage(stage)) in open_reports)


def _partly_hidden_retrievals(connection: Connection, who: views.Viewer) -> dict[int, int]:
    """Change -> how many of its full texts the viewer may know to be sought, of changes with some that are not so.

    That a full text is asked for tells that others have settled on inclusion.
    """
    of_change = retrieval.reports_by_change(connection)
    rule = dict(who.rules)[Stage.TITLE_ABSTRACT]
    concerned = {report for _, report in of_change}
    known = {
        view.id
        for view in views.report_views(connection, who, Stage.TITLE_ABSTRACT, concerned)
        if settle(view.title_abstract, rule).state is State.INCLUDED
    }
    n_known = Counter(change for change, report in of_change if report in known)
    return {change: n_known[change] for change, report in of_change if report not in known}


def _words(
    change: Change, who: views.Viewer, lines: dict[str, int], n_visible: int, n_sought: int | None
) -> str | None:
    """What a change did, None when the viewer may not know of it.

    Args:
        change: The change.
        who: The viewer.
        lines: How many facts it wrote into each table.
        n_visible: On how many reports whose votes the viewer may see it voted.
        n_sought: Of how many full texts of it the viewer may know, where that is not all of them.
    """
    own = change.reviewer == who.name
    if n_sought is not None and not own:
        return f"fulltext: {counted(n_sought, 'full text')}" if n_sought else None
    if "tag" in lines and not own:  # a tag like "include?" would tell of a vote: it is its owner's alone
        return None
    if own or not {"vote", "pilot_vote"} & lines.keys():
        return f"{change.command}: {change.note}" if change.note else change.command
    if not n_visible:
        return None
    return f"screen: {counted(n_visible, 'vote')}"


def _found_change(review: Review, connection: Connection, act: Act, wanted: str) -> Change:
    """The change that `undo WANTED` means: "" the reviewer's last, a number in the own log, or a code.

    Raises:
        UsageError: There is none of that name.
    """
    own = ledger.change_of(connection, wanted)
    if own is not None and own.reviewer == act.reviewer:
        return own
    mine = [change for change in ledger.changes(connection) if change.reviewer == act.reviewer]
    if not wanted:
        for change in reversed(mine):
            if change.stands and change.undoes is None:
                return change
        raise UsageError(f"{act.reviewer} has made no change that stands", "reviewflow log")
    if wanted.isdecimal() and len(wanted) < 8:
        # Not the number in a chain: who works on two computers has two chains, and a number of each kind would clash.
        if 1 <= int(wanted) <= len(mine):
            return mine[int(wanted) - 1]
        raise UsageError(f"{act.reviewer} has made no change number {wanted}", "reviewflow log")
    who = views.viewer(review.protocol, act.reviewer)
    fitting = [line.change for line in _log(connection, who) if line.change.uuid.startswith(wanted)]
    if len(fitting) != 1:
        raise UsageError(f"{wanted!r} names {len(fitting)} changes", "reviewflow log shows the codes")
    return fitting[0]


def undo(review: Review, act: Act, wanted: str = "") -> Change:
    """Undo one change, as a change of its own; undoing an undo makes the change stand again.

    Args:
        review: The review.
        act: Who undoes; only a lead undoes what somebody else did.
        wanted: A number in the person's own log, a code, or "" for the person's last change.

    Returns:
        The change that was undone.

    Raises:
        UsageError: There is no such change, or it is somebody else's.
        StateError: Later changes stand on it, or what it would bring back has lost its ground; names them.
    """
    with review.change(act) as entry:
        connection = entry.connection
        target = _found_change(review, connection, act, wanted)
        lead = Role.LEAD in review.protocol.member(act.reviewer).roles
        if target.reviewer != act.reviewer and not lead:
            raise UsageError(f"{target.code} is a change of {target.reviewer}", "only its maker or a lead undoes it")
        if not target.stands:
            raise StateError(f"{target.code} does not stand: it was undone before", "reviewflow log")
        _refuse_without_ground(connection, target, views.viewer(review.protocol, act.reviewer))
        pilot_votes.note_what_was_seen(review, entry, target)
        _note_what_was_seen(review, entry, target.id)
        entry.undoes = target.id
        entry.note = f"undoes {target.code} ({target.command})"
        return target


def _note_what_was_seen(review: Review, entry: Entry, undone: int) -> None:
    """Write that whose votes are undone could see the others', where that is not written yet.

    Votes that came together from two copies were shown without either copy having written so.
    """
    cast = votes.of_change(entry.connection, undone)
    for stage, name in sorted({(stage, name) for _, _, stage, name in cast}):
        own = {record: report for record, report, at, whose in cast if (at, whose) == (stage, name)}
        try:
            who = views.viewer(review.protocol, name)
        except UsageError:
            continue  # no longer in the team
        shown = {v.id for v in views.report_views(entry.connection, who, stage, own.values()) if v.is_open}
        known = votes.seen_by(entry.connection, stage, name, own)
        votes.add_seen(entry, ((r, stage, name) for r, report in own.items() if report in shown and r not in known))


def _refuse_without_ground(connection: Connection, target: Change, who: views.Viewer) -> None:
    """Raises StateError where the undo would leave facts without what they refer to; tells only what `who` may see."""
    every = {target.id: target}
    fell, risen_, after = {target.id}, set[int](), None
    if target.undoes is not None:  # else it alone falls, and the rest of a long ledger need not be read
        every = {change.id: change for change in ledger.changes(connection)}
        undoes: dict[int, int | None] = {id_: change.undoes for id_, change in every.items()}
        before = standing(undoes)
        after = standing({**undoes, max(undoes) + 1: target.id})
        fell, risen_ = before - after, after - before
    for fallen in sorted(fell):
        on_it = dependence.standing_on(connection, fallen)
        on_it = on_it if after is None else on_it & after
        if on_it:
            raise StateError(
                f"{every[fallen].code} cannot be undone: later changes stand on it: {_named(connection, who, on_it)}",
                "undo those first, the latest first: reviewflow undo CODE",
            )
    for risen in sorted(risen_):
        lost = dependence.missing_ground(connection, risen) - (after or set())
        if lost:
            raise StateError(
                f"{every[risen].code} cannot stand again: it refers to what was undone: "
                f"{_named(connection, who, lost)}",
                "bring that back first: reviewflow undo CODE of the undo",
            )


def _named(connection: Connection, who: views.Viewer, changes: set[int]) -> str:
    """Some changes in words; of those that the viewer may not know of, only that there are votes, and not how many."""
    shown = [f"{line.change.code} ({line.words})" for line in _log(connection, who) if line.change.id in changes]
    hidden = ["votes of another reviewer"] if len(shown) < len(changes) else []
    more = [f"{len(shown) - 5} more"] if len(shown) > 5 else []
    return ", ".join(shown[:5] + more + hidden)


def to_json(line: LogLine) -> dict[str, Any]:
    """What `log --json` prints of a change."""
    change = line.change
    return {
        "code": change.code,
        "number": line.number,
        "at_utc": change.at_utc,
        "reviewer": change.reviewer,
        "words": line.words,
        "stands": change.stands,
        "undoes": line.undoes,
    }


def contradictions(review: Review, viewer_name: str) -> list[tuple[int, str, str]]:
    """(report, stage, reviewer): the viewer's own votes that contradict each other since records were merged."""
    with review.reading() as connection:
        return [each for each in votes.contradicting(connection) if each[2] == viewer_name]
