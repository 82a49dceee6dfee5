"""The laws of working apart: copies of a review merge by union, in any order, as often as one likes."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewflow.domain.screening import Stage, Verdict
from reviewflow.domain.study import Study
from reviewflow.errors import ReviewflowError
from reviewflow.storage.tables import FACTS, SIDE, table
from reviewflow.workflow import (
    adjudication,
    check,
    deduplication,
    flow,
    history,
    identification,
    retrieval,
    screening,
    studies,
    sync,
)
from tests.workflow.copies import VERDICTS, Copy, assert_sound, everything, facts, give, side_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.domain.ledger import Act
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Fresh

KINDS = (
    "import", "run", "merge", "apart", "split", "vote", "vote", "vote", "full text", "resolve", "retrieval",
    "removal", "study", "link", "undo", "undo", "undo of anothers",
)  # fmt: skip


Step: TypeAlias = tuple[int, str, int, int, int]


steps = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(KINDS), st.integers(0, 3), st.integers(0, 9), st.integers(0, 9)),
    min_size=3,
    max_size=12,
)


def counts(review: Review) -> dict[str, Any]:
    seen: dict[str, Any] = {name: flow.compute(review, name).to_json() for name in ("", "A", "B", "X", "L")}
    for told in seen.values():
        # Sources are named in the order in which they came.
        told["checks"] = [(each["id"], each["ok"]) for each in told["checks"]]
    seen["to screen"] = [len(screening.to_screen(review, name, stage)) for name in "AB" for stage in Stage]
    seen["conflicts"] = [len(adjudication.conflicts(review, name)) for name in "ABX"]
    seen["studies"] = sorted((each.study.label, len(each.reports)) for each in studies.list_studies(review))
    return seen


class Apart:
    """Three copies of a review, in which steps are taken apart; the names of records are those of the step's copy."""

    def __init__(self, copies: list[Copy], acts: Callable[[], Acting], ris: Callable[..., str]) -> None:
        self.copies, self.ris = copies, ris
        self._acting = [acts() for _ in copies]

    def take(self, step: Step) -> None:
        """Try a step; what is refused leaves no trace."""
        where, kind, who, x, y = step
        copy = self.copies[where]
        act = copy.act(self._acting[where](("A", "B", "L", "A")[who], kind))
        with copy.review.reading() as connection:
            records = sorted(connection.execute(sa.select(table("placement").c.record)).scalars())
        with suppress(ReviewflowError):
            take = getattr(self, f"_{kind.replace(' ', '_')}")
            take(copy.review, act, records[x % len(records)], records[y % len(records)], (x, y))

    def _import(self, review: Review, act: Act, _on: int, _other: int, n: tuple[int, int]) -> None:
        # Each copy has exports of its own: the same one in two of them is refused.
        text = self.ris(range(n[0], n[0] + 2), act.uuid[:8]).encode()
        identification.import_file(review, act, "x.ris", text, source=f"Source {n[1] % 3}")

    def _run(self, review: Review, act: Act, *_: object) -> None:
        deduplication.run(review, act)

    def _merge(self, review: Review, act: Act, on: int, other: int, _: object) -> None:
        deduplication.merge(review, act, on, other)

    def _apart(self, review: Review, act: Act, on: int, other: int, n: tuple[int, int]) -> None:
        deduplication.answer(review, act, [(on, other, n[0] % 2 == 0)])

    def _split(self, review: Review, act: Act, on: int, *_: object) -> None:
        deduplication.split(review, act, [on])

    def _vote(self, review: Review, act: Act, on: int, _other: int, n: tuple[int, int]) -> None:
        decision = screening.Decision(on, VERDICTS[n[1] % 3])
        screening.vote(review, act, Stage.TITLE_ABSTRACT, [decision], revise=n[0] % 2 == 0)

    def _full_text(self, review: Review, act: Act, on: int, *_: object) -> None:
        screening.vote(review, act, Stage.FULL_TEXT, [screening.Decision(on, Verdict.INCLUDE)])

    def _resolve(self, review: Review, act: Act, on: int, *_: object) -> None:
        included = screening.Decision(on, Verdict.INCLUDE)
        adjudication.resolve(review, replace(act, reviewer="X"), Stage.TITLE_ABSTRACT, [included])

    def _retrieval(self, review: Review, act: Act, on: int, _other: int, n: tuple[int, int]) -> None:
        retrieval.note_step(review, act, [on], retrieval.STATES[n[1] % 3], "no answer")

    def _removal(self, review: Review, act: Act, on: int, _other: int, n: tuple[int, int]) -> None:
        screening.remove(review, act, [on], "not a report", automatic=n[1] % 2 == 0)

    def _study(self, review: Review, act: Act, on: int, _other: int, n: tuple[int, int]) -> None:
        studies.add(review, act, Study(0, f"Study {n[1]}"), [(on, "companion")])

    def _link(self, review: Review, act: Act, on: int, _other: int, n: tuple[int, int]) -> None:
        studies.link(review, act, f"Study {n[1]}", [on], "companion")

    def _undo(self, review: Review, act: Act, _on: int, _other: int, n: tuple[int, int]) -> None:
        history.undo(review, act, "" if n[1] % 2 else str(n[0] + 1))

    def _undo_of_anothers(self, review: Review, act: Act, _on: int, _other: int, n: tuple[int, int]) -> None:
        shown = [line.change for line in history.log(review, "L")]
        history.undo(review, replace(act, reviewer="L"), shown[sum(n) % len(shown)].code)


def begin(stack: ExitStack, fresh: Fresh, kind: str, acts: Callable[[], Acting], ris: Callable[..., str]) -> Apart:
    """Three copies of a review with four records, of which A has voted on the first; the clocks differ by minutes."""
    copies = [
        Copy(stack.enter_context(fresh(kind)), number, timedelta(minutes=skew))
        for number, skew in enumerate((0, -7, 11))
    ]
    first = acts()
    origin = copies[0].review
    content = ris(range(4)).encode()
    identification.import_file(origin, first("L", "import"), "first.ris", content, source="PubMed")
    deduplication.run(origin, first("L", "dedup run"))
    screening.vote(origin, first("A", "vote"), Stage.TITLE_ABSTRACT, [screening.Decision(1, Verdict.INCLUDE)])
    for copy in copies[1:]:
        give(origin, copy.review)
    return Apart(copies, acts, ris)


def hold_the_laws(
    fresh: Fresh, kind: str, acts: Callable[[], Acting], ris: Callable[..., str], taken: tuple[list[Step], list[Step]]
) -> None:
    """What comes of three copies does not depend on the order in which they hear of one another, nor on how often."""
    early, late = taken
    with ExitStack() as stack:
        apart = begin(stack, fresh, kind, acts, ris)
        for step in early:
            apart.take(step)
        one, two, three = (copy.review for copy in apart.copies)
        give(one, two)
        for step in late:
            apart.take(step)
        files = [everything(review) for review in (one, two, three)]
        sync.sync(one, files[1])
        sync.sync(one, files[2])
        sync.sync(two, files[2] + files[0])
        sync.sync(three, files[0])
        sync.sync(three, files[1])
        late_comer = stack.enter_context(fresh(kind))
        sync.sync(late_comer, [file for each in reversed(files) for file in reversed(each)])
        merged = [one, two, three, late_comer]
        for review in merged:
            assert_sound(review)
        for what in (facts, side_tables, counts):
            told = [what(review) for review in merged]
            assert told[1:] == told[:1] * 3, what.__name__
        before = {name: set(map(tuple, _rows(one, name))) for name in (*FACTS, "change", "uncompared", *SIDE)}
        sync.sync(one, [file for each in files for file in each])
        assert {name: set(map(tuple, _rows(one, name))) for name in before} == before, "twice is once"
        check.check(one)


def _rows(review: Review, name: str) -> list[Any]:
    with review.reading() as connection:
        return list(connection.execute(sa.select(table(name))))


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(taken=st.tuples(steps, steps))
def test_copies_that_took_in_the_same_changes_are_alike_in_whatever_order_they_came(
    fresh: Fresh, acts: Callable[[], Acting], ris: Callable[..., str], taken: tuple[list[Step], list[Step]]
) -> None:
    hold_the_laws(fresh, "memory", acts, ris, taken)


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(taken=st.tuples(steps, steps))
def test_they_are_alike_on_postgresql(
    fresh: Fresh, acts: Callable[[], Acting], ris: Callable[..., str], taken: tuple[list[Step], list[Step]]
) -> None:
    hold_the_laws(fresh, "postgresql", acts, ris, taken)
