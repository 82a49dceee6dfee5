"""The laws of the journal, on histories of any order: side tables, undo, and facts that stay."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewflow.domain.screening import Stage, Verdict
from reviewflow.domain.study import Study
from reviewflow.errors import ReviewflowError, StateError, UsageError
from reviewflow.storage import derived, ledger, reports, views
from reviewflow.storage.records import Search
from reviewflow.storage.tables import FACTS, SIDE, table
from reviewflow.workflow import (
    adjudication,
    deduplication,
    flow,
    history,
    identification,
    retrieval,
    screening,
    studies,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.domain.ledger import Change
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Filling, Fresh, Voting

KINDS = (
    "import", "again", "run", "merge", "apart", "split", "vote", "vote", "vote", "revise", "full_text", "full_text",
    "resolve", "retrieval", "removal", "study", "link", "undo", "undo",
)  # fmt: skip
VERDICTS = (Verdict.INCLUDE, Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.UNSURE)


@dataclass(frozen=True)
class Step:
    """One thing somebody tries; the numbers are taken modulo what there is."""

    kind: str
    who: int
    x: int
    y: int
    verdict: int
    undone_at_once: bool


steps = st.lists(
    st.builds(
        Step, st.sampled_from(KINDS), st.integers(0, 1), st.integers(0, 9), st.integers(0, 9), st.integers(0, 3),
        st.booleans(),
    ),
    min_size=4,
    max_size=14,
)  # fmt: skip


class Walk:
    """Takes steps in a review, and can say all that can be seen and all that is written."""

    def __init__(self, review: Review, act: Acting, ris: Callable[..., str]) -> None:
        self.review, self.act, self.ris = review, act, ris

    def take(self, step: Step) -> None:
        """Try a step; whatever refuses it raises a ReviewflowError."""
        getattr(self, f"_{step.kind}")(step, ("A", "B")[step.who])

    def records(self) -> list[int]:
        with self.review.reading() as connection:
            return sorted(reports.reports_of(connection, range(1, 60)))

    def record(self, n: int) -> int:
        there = self.records()
        return there[n % len(there)] if there else n + 1

    def _import(self, step: Step, name: str) -> None:
        content = self.ris(range(step.x, step.x + 1 + step.y % 3)).encode()
        source = f"Source {step.verdict}"
        identification.import_file(self.review, self.act(name, "import"), "x.ris", content, source=source)

    def _again(self, step: Step, name: str) -> None:
        search = self.act(name, "search add")
        kind = identification.KINDS[step.x % len(identification.KINDS)]
        new = Search(0, f"Search {step.y}", kind, "", "", "", "", None, "")
        identification.add_search(self.review, search, new)

    def _run(self, _: Step, name: str) -> None:
        deduplication.run(self.review, self.act(name, "dedup run"))

    def _merge(self, step: Step, name: str) -> None:
        deduplication.merge(self.review, self.act(name, "dedup merge"), self.record(step.x), self.record(step.y))

    def _apart(self, step: Step, name: str) -> None:
        said = [(self.record(step.x), self.record(step.y), step.verdict == 0)]
        deduplication.answer(self.review, self.act(name, "dedup review"), said)

    def _split(self, step: Step, name: str) -> None:
        deduplication.split(self.review, self.act(name, "dedup split"), [self.record(step.x)])

    def _vote(self, step: Step, name: str, *, revise: bool = False) -> None:
        decision = screening.Decision(self.record(step.x), VERDICTS[step.verdict])
        screening.vote(self.review, self.act(name, "vote"), Stage.TITLE_ABSTRACT, [decision], revise=revise)

    def _revise(self, step: Step, name: str) -> None:
        self._vote(step, name, revise=True)

    def _full_text(self, step: Step, name: str) -> None:
        verdict = (Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.AWAITING, Verdict.ONGOING)[step.verdict]
        reason = ("wrong_design", "wrong_population")[step.y % 2] if verdict is Verdict.EXCLUDE else ""
        decision = screening.Decision(self.record(step.x), verdict, reason)
        screening.vote(self.review, self.act(name, "full text"), Stage.FULL_TEXT, [decision])

    def _resolve(self, step: Step, _: str) -> None:
        stage = (Stage.TITLE_ABSTRACT, Stage.FULL_TEXT)[step.y % 2]
        decision = screening.Decision(self.record(step.x), Verdict.INCLUDE)
        adjudication.resolve(self.review, self.act("X", "resolve"), stage, [decision])

    def _retrieval(self, step: Step, name: str) -> None:
        state = retrieval.STATES[step.y % 3]
        retrieval.note_step(self.review, self.act(name, "fulltext"), [self.record(step.x)], state, "no answer")

    def _removal(self, step: Step, name: str) -> None:
        on = [self.record(step.x)]
        screening.remove(self.review, self.act(name, "remove"), on, "not a report", automatic=step.y % 2 == 0)

    def _study(self, step: Step, name: str) -> None:
        on = [(self.record(step.x), "companion")]
        studies.add(self.review, self.act(name, "study"), Study(0, f"Study {step.y}"), on)

    def _link(self, step: Step, name: str) -> None:
        change = studies.split if step.verdict == 0 else None
        label, on = f"Study {step.y}", [self.record(step.x)]
        if change is None:
            studies.link(self.review, self.act(name, "study link"), label, on, "companion")
        else:
            change(self.review, self.act(name, "study split"), label, on)

    def _undo(self, step: Step, name: str) -> None:
        wanted = "" if step.verdict == 0 else str(step.x + 1)
        history.undo(self.review, self.act(name, "undo"), wanted)

    def undo(self, change: Change) -> None:
        history.undo(self.review, self.act(change.reviewer, "undo"), str(change.sequence))

    def changes(self) -> list[Change]:
        with self.review.reading() as connection:
            return ledger.changes(connection)

    def counts(self) -> dict[str, Any]:
        """The numbers that a reviewer, an adjudicator and nobody in particular can see, and what waits for another."""
        seen: dict[str, Any] = {name: flow.compute(self.review, name).to_json() for name in ("", "A", "X")}
        seen["of studies"] = [sorted(each.reports) for each in studies.list_studies(self.review)]
        seen["patterns"] = [self.patterns(name) for name in ("", "A", "B", "X")]
        seen["to screen"] = [screening.to_screen(self.review, "B", stage) for stage in Stage]
        return seen

    def patterns(self, name: str) -> Counter[tuple[Any, ...]]:
        """The reports that stand alike in somebody's eyes, which is so however they are counted."""
        who = views.viewer(self.review.protocol, name)
        with self.review.reading() as connection:
            counted = Counter[tuple[Any, ...]]()
            for each in views.patterns(connection, who):
                counted[each.route, each.removed, each.retrieval, each.first, each.second] += each.n
            one_by_one = views.report_views(connection, who, Stage.FULL_TEXT)
        assert counted == Counter(
            (each.route, each.removed, each.retrieval, each.first, each.second) for each in one_by_one
        )
        return counted

    def facts(self) -> dict[str, set[tuple[Any, ...]]]:
        with self.review.reading() as connection:
            return {
                name: {tuple(row) for row in connection.execute(sa.select(table(name)))} for name in ("change", *FACTS)
            }

    def side_tables(self) -> dict[str, set[tuple[Any, ...]]]:
        with self.review.reading() as connection:
            return {name: {tuple(row) for row in connection.execute(sa.select(table(name)))} for name in SIDE}

    def stale(self) -> dict[str, int]:
        with self.review.writing() as connection:
            return derived.stale(connection)


def walk(there: Walk, history_: list[Step]) -> None:
    """Take the steps, and hold every law after each of them."""
    for step in history_:
        facts, n = there.facts(), len(there.changes())
        counts = there.counts() if step.undone_at_once else {}
        try:
            there.take(step)
        except ReviewflowError:
            assert there.facts() == facts, "what was refused has written nothing"
        new = there.changes()[n:]
        assert len(new) <= 1
        now = there.facts()
        assert all(facts[name] <= now[name] for name in facts), "facts are never lost"
        assert there.stale() == {}
        if new and step.undone_at_once:
            undone_and_redone(there, new[0], counts)
    with there.review.reading() as connection:
        assert ledger.broken_chain(connection) == []
    compared_as_if_anew(there)


def compared_as_if_anew(there: Walk) -> None:
    """A run that compares only what is new gives what one gives that has forgotten everything."""
    deduplication.run(there.review, there.act("L", "dedup run"))
    queue = deduplication.review_queue(there.review)
    with there.review.writing() as connection:
        connection.execute(sa.delete(table("meta")).where(table("meta").c.key == "deduplication"))
    anew = deduplication.run(there.review, there.act("L", "dedup run"))
    assert (anew.n_new, anew.n_withdrawn) == (0, 0)
    assert deduplication.review_queue(there.review) == queue


def undone_and_redone(there: Walk, change: Change, before: dict[str, Any]) -> None:
    after, side = there.counts(), there.side_tables()
    try:
        there.undo(change)
    except StateError as error:
        refused = error.what
    else:
        refused = ""
    if refused:
        assert change.undoes is not None, "nothing can stand on the last change, unless it brought something back"
        assert any(each.code in refused for each in there.changes() if each.id != change.id)
        return
    assert there.counts() == before
    assert there.stale() == {}
    there.undo(there.changes()[-1])
    assert there.counts() == after
    assert {**there.side_tables(), "standing": set()} == {**side, "standing": set()}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps, st.booleans())
def test_any_history_keeps_the_side_tables_its_facts_and_the_counts_of_before_an_undo(
    fresh: Fresh,
    acts: Callable[[], Acting],
    ris: Callable[..., str],
    fill: Filling,
    history_: list[Step],
    from_whole: bool,  # noqa: FBT001 drawn by hypothesis
) -> None:
    with fresh("memory") as review:
        there = Walk(review, acts(), ris)
        if from_whole:
            fill(review, there.act)
        else:
            there.take(Step("import", 0, 0, 2, 0, undone_at_once=False))
        walk(there, history_)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_the_same_laws_hold_on_postgresql(
    fresh: Fresh, acts: Callable[[], Acting], ris: Callable[..., str], history_: list[Step]
) -> None:
    with fresh("postgresql") as review:
        there = Walk(review, acts(), ris)
        there.take(Step("import", 0, 0, 2, 0, undone_at_once=False))
        walk(there, history_)


def test_an_import_under_votes_is_not_undone_and_the_votes_are_named(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(2), by="A")
    cast_vote(review, act, "A", 1, "include")
    with pytest.raises(StateError, match="later changes stand on it") as refused:
        history.undo(review, act("A", "undo"), "1")
    vote = history.log(review, "A")[-1].change
    assert vote.code in refused.value.what
    history.undo(review, act("A", "undo"))
    history.undo(review, act("A", "undo"), "1")
    assert flow.compute(review).counts.identified == 0


def test_a_change_that_was_undone_is_not_undone_again_but_its_undo_is(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(2))
    cast_vote(review, act, "A", 1, "include")
    history.undo(review, act("A", "undo"), "1")
    with pytest.raises(StateError, match="does not stand"):
        history.undo(review, act("A", "undo"), "1")
    history.undo(review, act("A", "undo"), "2")
    assert [vote.verdict for _, vote in screening.own_votes(review, "A", Stage.TITLE_ABSTRACT)] == ["include"]


def test_only_its_maker_or_a_lead_undoes_a_change(review: Review, act: Acting, add_records: Adding) -> None:
    add_records(review, act, range(2), by="A")
    code = history.log(review, "B")[0].change.code
    with pytest.raises(UsageError, match="is a change of A"):
        history.undo(review, act("B", "undo"), code)
    history.undo(review, act("L", "undo"), code)
    assert flow.compute(review).counts.identified == 0


def test_an_undo_without_ground_is_refused(review: Review, act: Acting, add_records: Adding, cast_vote: Voting) -> None:
    add_records(review, act, range(2), by="A")
    cast_vote(review, act, "A", 1, "include")
    history.undo(review, act("A", "undo"))
    history.undo(review, act("A", "undo"))
    with pytest.raises(StateError, match="cannot stand again"):
        history.undo(review, act("A", "undo"), "3")


def test_a_vote_under_an_adjudication_is_not_undone_before_it(
    review: Review, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    add_records(review, act, range(2))
    for _ in range(2):
        cast_vote(review, act, "A", 1, "include")
        cast_vote(review, act, "B", 1, "exclude")
    decisions = [screening.Decision(1, Verdict.INCLUDE)]
    adjudication.resolve(review, act("X", "screen resolve"), Stage.TITLE_ABSTRACT, decisions)
    with pytest.raises(StateError, match="later changes stand on it"):
        history.undo(review, act("B", "undo"))
    history.undo(review, act("X", "undo"))
    history.undo(review, act("B", "undo"))
    assert flow.compute(review, "A").counts.open_conflicts == 1


def test_a_vote_after_an_adjudication_does_not_stand_under_it(
    fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    with fresh("memory", '\n[[team]]\nname = "C"\nroles = ["reviewer"]\n') as review:
        add_records(review, act, range(2))
        for _ in range(2):
            cast_vote(review, act, "A", 1, "include")
            cast_vote(review, act, "B", 1, "exclude")
        decisions = [screening.Decision(1, Verdict.INCLUDE)]
        adjudication.resolve(review, act("X", "screen resolve"), Stage.TITLE_ABSTRACT, decisions)
        cast_vote(review, act, "C", 1, "exclude")
        history.undo(review, act("C", "undo"))
        assert screening.own_votes(review, "C", Stage.TITLE_ABSTRACT) == []


def test_nothing_to_undo_is_said_so(review: Review, act: Acting, fill: Filling) -> None:
    for wanted in ("", "7", "ffffffff"):
        with pytest.raises(UsageError):
            history.undo(review, act("B", "undo"), wanted)
    fill(review, act)
    with pytest.raises(UsageError, match="no change number 999"):
        history.undo(review, act("B", "undo"), "999")


def test_every_change_of_a_whole_review_can_be_undone_from_the_last_to_the_first(
    review: Review, act: Acting, fill: Filling
) -> None:
    fill(review, act)
    with review.reading() as connection:
        every = ledger.changes(connection)
    for change in reversed(every):
        history.undo(review, act(change.reviewer, "undo"), str(change.sequence))
    counts = flow.compute(review).counts
    assert (counts.identified, counts.records_screened, counts.new_studies) == (0, 0, 0)
    with review.reading() as connection:
        assert ledger.broken_chain(connection) == []
