"""The laws of working apart: copies of a review merge by union, in any order, as often as one likes."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import NAMESPACE_URL, uuid5

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewflow.domain.ledger import Digest
from reviewflow.domain.screening import Phase, Stage, State, Verdict
from reviewflow.domain.study import Study
from reviewflow.errors import InputError, ReviewflowError, StateError, UsageError
from reviewflow.storage import changes_file, comparison, derived, ledger, views, votes
from reviewflow.storage.ledger import hashed
from reviewflow.storage.review import open_review
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reviewflow.domain.ledger import Act
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Filling, Fresh, Voting

    Moved: TypeAlias = tuple[str, bytes]

VERDICTS = (Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.UNSURE)
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


def exported(review: Review, name: str, **choice: bool) -> Moved:
    lines: list[str] = []
    sync.export_changes(review, name, lines.append, **choice)
    return f"{name}.jsonl", "".join(lines).encode()


def everything(review: Review) -> list[Moved]:
    """The own changes of everybody who has made any."""
    with review.reading() as connection:
        makers = sorted({change.reviewer for change in ledger.changes(connection)})
    return [exported(review, name) for name in makers]


def give(here: Review, there: Review) -> None:
    sync.sync(there, everything(here))


class Copy:
    """One copy of a review in which people act, by a clock and with uuids of its own."""

    def __init__(self, review: Review, number: int, skew: timedelta = timedelta()) -> None:
        self.review, self._number, self._skew = review, number, skew
        self._acts: dict[str, int] = {}
        if number:
            with review.writing() as connection:
                meta = table("meta")
                copy = str(uuid5(NAMESPACE_URL, f"copy {number}"))
                connection.execute(sa.update(meta).where(meta.c.key == "copy").values(value=copy))

    def act(self, base: Act) -> Act:
        uuid = str(uuid5(NAMESPACE_URL, f"{self._number} {base.uuid}"))
        return replace(base, uuid=uuid, at_utc=base.at_utc + self._skew)


def facts(review: Review) -> dict[str, set[tuple[Any, ...]]]:
    """Every change and fact in the form that is the same in every copy."""
    with review.reading() as connection:
        every = ledger.changes(connection)
        uuids = {change.id: change.uuid for change in every}
        found: dict[str, set[tuple[Any, ...]]] = {
            "change": {(change.uuid, change.sha256, uuids.get(change.undoes or 0), change.stands) for change in every}
        }
        for name in FACTS:
            stream = ledger.Lines(connection, name)
            found[name] = {(change.uuid, *values) for change in every for _, values in stream.of(change.id)}
    return found


def side_tables(review: Review) -> dict[str, set[tuple[Any, ...]]]:
    """The side tables with records and reports named as they are in every copy."""
    with review.reading() as connection:
        names = _portable_names(connection)
        members: dict[int, set[str]] = {}
        for row in connection.execute(sa.select(table("placement"))):
            members.setdefault(row.report, set()).add(names["raw_record", row.record])
        reports = {report: frozenset(records) for report, records in members.items()}
        found: dict[str, set[tuple[Any, ...]]] = {}
        for name, local in (("placement", ("search",)), ("ballot", ("vote",)), ("report", ())):
            rows = connection.execute(sa.select(table(name))).mappings()
            found[name] = {
                tuple(
                    names["raw_record", value] if key == "record"
                    else reports[value] if key in {"report", "id"}
                    else names[key, value] if key in local
                    else value
                    for key, value in row.items()
                )
                for row in rows
            }  # fmt: skip
        canonical = connection.execute(sa.select(table("record")).order_by("id")).mappings()
        found["record"] = {
            (names["raw_record", row["id"]], *(value for key, value in row.items() if key != "id")) for row in canonical
        }
    return found


def _portable_names(connection: sa.Connection) -> dict[tuple[str, int], str]:
    journal = table("change")
    return {
        (name, row.id): f"{row.uuid}/{row.line}"
        for name in FACTS
        for row in connection.execute(
            sa.select(table(name).c.id, table(name).c.line, journal.c.uuid).select_from(
                table(name).join(journal, journal.c.id == table(name).c.change)
            )
        )
    }


def counts(review: Review) -> dict[str, Any]:
    seen: dict[str, Any] = {name: flow.compute(review, name).to_json() for name in ("", "A", "B", "X", "L")}
    for told in seen.values():
        # Sources are named in the order in which they came.
        told["checks"] = [(each["id"], each["ok"]) for each in told["checks"]]
    seen["to screen"] = [len(screening.to_screen(review, name, stage)) for name in "AB" for stage in Stage]
    seen["conflicts"] = [len(adjudication.conflicts(review, name)) for name in "ABX"]
    seen["studies"] = sorted((each.study.label, len(each.reports)) for each in studies.list_studies(review))
    return seen


def assert_sound(review: Review) -> None:
    """Hashes hold and the side tables are what the facts give."""
    with review.reading() as connection:
        assert ledger.broken_chain(connection) == []
    with review.writing() as connection:
        assert derived.stale(connection) == {}


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


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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


@pytest.fixture
def two(fresh: Fresh, act: Acting, add_records: Adding) -> Iterator[tuple[Review, Review]]:
    """Two copies of a review with records 1 to 4, which L imported and compared."""
    with fresh("sqlite") as one, fresh("memory") as other:
        add_records(one, act, range(4))
        deduplication.run(one, act("L", "dedup run"))
        Copy(other, 1)
        give(one, other)
        yield one, other


def test_two_votes_that_were_cast_apart_are_blind_and_settle_when_they_come_together(
    two: tuple[Review, Review], act: Acting, cast_vote: Voting
) -> None:
    one, other = two
    cast_vote(one, act, "A", 1, "include")
    cast_vote(other, act, "B", 1, "exclude")
    give(other, one)
    with one.reading() as connection:
        cast = votes.ballots(connection, Stage.TITLE_ABSTRACT)[1]
    assert {ballot.reviewer: ballot.phase for _, ballot in cast} == {"A": Phase.BLIND, "B": Phase.BLIND}
    assert [each.state for each in adjudication.conflicts(one, "A")] == [State.CROSS_CHECK]


def test_who_saw_votes_that_came_together_is_not_blind_again_after_an_undo(
    two: tuple[Review, Review], act: Acting, cast_vote: Voting
) -> None:
    one, other = two
    cast_vote(one, act, "A", 1, "include")
    cast_vote(other, act, "B", 1, "exclude")
    give(other, one)
    history.undo(one, act("A", "undo"))
    cast_vote(one, act, "A", 1, "exclude")
    with one.reading() as connection:
        cast = votes.ballots(connection, Stage.TITLE_ABSTRACT)[1]
    assert {ballot.reviewer: ballot.phase for _, ballot in cast} == {"A": Phase.CROSS_CHECK, "B": Phase.BLIND}


def readable(review: Review, name: str, taken: sync.Synced) -> dict[str, Any]:
    """What a person can read after a sync, the answer of the sync itself included."""
    who = views.viewer(review.protocol, name)
    with review.reading() as connection:
        seen: dict[str, Any] = {"views": [views.report_views(connection, who, stage) for stage in Stage]}
    return seen | {
        "sync": taken,
        "status": history.status(review, name),
        "log": [history.to_json(line) for line in history.log(review, name)],
        "conflicts": adjudication.conflicts(review, name),
        "to screen": [screening.to_screen(review, "A", stage) for stage in Stage],
        "check": check.check(review),
    }


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hidden=st.lists(st.tuples(st.integers(2, 4), st.sampled_from(VERDICTS), st.booleans()), max_size=4))
def test_nothing_that_others_read_after_a_sync_depends_on_votes_not_to_be_seen_yet(
    fresh: Fresh,
    acts: Callable[[], Acting],
    add_records: Adding,
    cast_vote: Voting,
    hidden: list[tuple[int, Verdict, bool]],
) -> None:
    seen = []
    for cast in (hidden, []):
        with fresh() as one, fresh() as other:
            act, apart = acts(), Copy(other, 1)
            add_records(one, act, range(4))
            deduplication.run(one, act("L", "dedup run"))
            cast_vote(one, act, "A", 1, "include")
            give(one, other)
            there, behind = acts(), acts()
            open_vote = screening.Decision(1, Verdict.EXCLUDE)
            screening.vote(other, apart.act(there("B", "vote")), Stage.TITLE_ABSTRACT, [open_vote])
            for record, verdict, undone in cast:
                decision = screening.Decision(record, verdict, note="B's own thought")
                late = timedelta(hours=1)  # so that what all see keeps its time
                base = behind("B", "hidden")
                made = replace(apart.act(base), uuid="f" + base.uuid[1:], at_utc=base.at_utc + late)
                screening.vote(other, made, Stage.TITLE_ABSTRACT, [decision], revise=True)
                if undone:
                    base = behind("B", "hidden")
                    history.undo(other, replace(apart.act(base), uuid="e" + base.uuid[1:], at_utc=base.at_utc + late))
            taken = sync.sync(one, [exported(other, "B")], "A")
            seen.append({name: readable(one, name, taken) for name in ("A", "", "X", "L")})
    assert seen[0] == seen[1]


def test_own_changes_hold_no_vote_of_another_and_shared_ones_stop_before_the_first(
    two: tuple[Review, Review], act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    one, _ = two
    add_records(one, act, [7], source="Embase", by="B")
    cast_vote(one, act, "B", 1, "include", note="B's own thought")
    add_records(one, act, [8], source="Scopus", by="B")
    cast_vote(one, act, "A", 2, "include")
    for shared in (False, True):
        name, content = exported(one, "A", shared=shared)
        read = changes_file.read(name, content)
        voting = {change.reviewer for change in read.changes if "vote" in change.holds}
        assert voting == {"A"}
        assert b"B's own thought" not in content
        assert {change.reviewer for change in read.changes} == ({"A", "B", "L"} if shared else {"A"})
    assert [change.header["sequence"] for change in read.changes if change.reviewer == "B"] == [1]


def test_what_is_shared_is_all_that_a_new_copy_needs(
    two: tuple[Review, Review], fresh: Fresh, act: Acting, cast_vote: Voting
) -> None:
    one, _ = two
    cast_vote(one, act, "A", 2, "include")
    with fresh() as new:
        sync.sync(new, [exported(one, "A", shared=True)])
        assert facts(new) == facts(one)
        assert side_tables(new) == side_tables(one)


def test_every_line_that_is_altered_is_refused_and_named(fresh: Fresh, act: Acting, fill: Filling) -> None:
    with fresh() as review, fresh() as other:
        fill(review, act)
        given_ = everything(review)
        for i, (name, content) in enumerate(given_):
            lines = content.splitlines(keepends=True)
            for n, line in enumerate(lines[1:-1], start=1):
                altered = _altered(line)
                damaged = b"".join([*lines[:n], altered, *lines[n + 1 :]])
                with pytest.raises(InputError, match=name):
                    sync.sync(other, [*given_[:i], (name, damaged), *given_[i + 1 :]])
        with other.reading() as connection:
            assert ledger.changes(connection) == []
        sync.sync(other, given_)
        assert facts(other) == facts(review)
        assert side_tables(other) == side_tables(review)


def _altered(line: bytes) -> bytes:
    """The line with its last letter or digit replaced by another."""
    last = list(re.finditer(rb"[0-9a-zA-Z]", line))[-1].start()
    return line[:last] + (b"1" if line[last : last + 1] != b"1" else b"2") + line[last + 1 :]


@given(st.binary(max_size=80), st.integers(0, 400), st.integers(0, 40))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_is_refused_in_words_or_alters_nothing(
    two: tuple[Review, Review], put: bytes, at: int, cut: int
) -> None:
    one, other = two
    name, content = exported(one, "L")
    before = facts(other)
    for broken in (content[:at] + put + content[at + cut :], content[:at], put):
        error = refusal(other, (name, broken))
        assert error is None or error.remedy
        assert facts(other) == before


def refusal(review: Review, file: Moved) -> ReviewflowError | None:
    """What a file is refused with; None when it is taken in."""
    try:
        sync.sync(review, [file])
    except ReviewflowError as error:
        return error
    return None


def test_changes_on_what_is_not_here_are_refused_and_who_has_it_is_named(
    two: tuple[Review, Review], fresh: Fresh, act: Acting, cast_vote: Voting
) -> None:
    one, _ = two
    cast_vote(one, act, "A", 1, "include")
    with fresh() as empty:
        with pytest.raises(StateError, match="changes of L that are not here") as refused:
            sync.sync(empty, [exported(one, "A")])
        assert "ask L for a file" in refused.value.remedy
        with empty.reading() as connection:
            assert ledger.changes(connection) == []
        sync.sync(empty, [exported(one, "A"), exported(one, "L")])
        assert facts(empty) == facts(one)


def test_an_export_that_two_copies_imported_is_refused_until_one_import_is_undone(
    two: tuple[Review, Review], act: Acting, add_records: Adding
) -> None:
    one, other = two
    add_records(one, act, [7, 8], source="Embase", by="A")
    apart = Copy(other, 2)
    add_records(other, lambda name, command: apart.act(act(name, command)), [7, 8], source="Embase", by="B")
    with pytest.raises(StateError, match="was imported in both copies"):
        give(one, other)
    with other.reading() as connection:
        assert {change.reviewer for change in ledger.changes(connection)} == {"L", "B"}
    history.undo(other, apart.act(act("B", "undo")))
    give(one, other)
    assert flow.compute(other).counts.identified == 6


def test_a_chain_that_went_on_in_two_ways_is_refused(
    two: tuple[Review, Review], fresh: Fresh, act: Acting, cast_vote: Voting
) -> None:
    one, other = two
    with fresh() as third:
        give(one, third)
        cast_vote(one, act, "A", 1, "include")
        cast_vote(third, act, "A", 2, "include")
        sync.sync(other, [exported(one, "A")])
        with pytest.raises(StateError, match="two changes number 1 in one copy"):
            sync.sync(other, [exported(third, "A")])


def test_a_folder_that_was_copied_becomes_a_copy_of_its_own(
    two: tuple[Review, Review], act: Acting, cast_vote: Voting, tmp_path: Path
) -> None:
    one, other = two
    cast_vote(one, act, "A", 1, "include")
    one.engine.dispose()
    shutil.copytree(one.folder, tmp_path / "copied")
    copied = open_review(tmp_path / "copied")
    cast_vote(copied, act, "A", 2, "include")
    cast_vote(one, act, "A", 3, "include")
    cast_vote(copied, act, "A", 4, "include")
    sync.sync(other, [exported(one, "A")])
    sync.sync(other, [exported(copied, "A")])
    with other.reading() as connection:
        copies = [change.copy_id for change in ledger.changes(connection) if change.reviewer == "A"]
        assert len(copies) == 4
        assert len(set(copies)) == 2
    assert_sound(other)
    assert [line.number for line in history.log(copied, "A") if line.change.reviewer == "A"] == [1, 2, 3]
    history.undo(copied, act("A", "undo"), "2")
    copied.engine.dispose()


def test_the_last_word_is_that_of_who_knew_of_the_other_whatever_their_clocks_say(
    two: tuple[Review, Review], act: Acting, cast_vote: Voting
) -> None:
    one, other = two
    slow = Copy(other, 1, timedelta(days=-1))
    for name in ("A", "B"):
        cast_vote(one, act, name, 1, "include")
    retrieval.note_step(one, act("A", "fulltext"), [1], "requested")
    give(one, other)
    retrieval.note_step(other, slow.act(act("B", "fulltext")), [1], "retrieved")
    give(other, one)
    for review in (one, other):
        with review.reading() as connection:
            stored = connection.execute(sa.select(table("report").c.retrieval).where(table("report").c.id == 1))
            assert stored.scalar() == "retrieved"
        assert_sound(review)


def test_a_change_that_two_copies_undid_does_not_stand_while_one_of_the_undos_does(
    two: tuple[Review, Review], act: Acting, cast_vote: Voting
) -> None:
    one, other = two
    cast_vote(one, act, "A", 1, "include")
    give(one, other)
    apart = Copy(other, 1)
    history.undo(one, act("A", "undo"))
    history.undo(other, apart.act(act("A", "undo")))
    give(one, other)
    assert screening.own_votes(other, "A", Stage.TITLE_ABSTRACT) == []
    undo = history.log(other, "A")[-1].change
    history.undo(other, apart.act(act("A", "undo")), undo.code)
    assert screening.own_votes(other, "A", Stage.TITLE_ABSTRACT) == []
    assert_sound(other)


def test_a_file_of_another_review_or_a_stranger_is_refused(
    two: tuple[Review, Review], fresh: Fresh, act: Acting, add_records: Adding
) -> None:
    one, _ = two
    name, content = exported(one, "L")
    with fresh("memory", '\n[[team]]\nname = "C"\nroles = ["reviewer"]\n') as larger:
        add_records(larger, act, [9], source="Scopus", by="C")
        with pytest.raises(StateError, match="changes of C, who is not in the team"):
            sync.sync(one, [exported(larger, "C")])
        assert sync.sync(larger, [(name, content)]).notes
    elsewhere = content.replace(b"A small review", b"A large review", 1)
    with pytest.raises(StateError, match="is of the review 'A large review'"):
        sync.sync(one, [(name, elsewhere)])


def test_after_a_sync_that_brought_records_all_are_compared_anew_and_after_one_of_votes_none(
    two: tuple[Review, Review], act: Acting, add_records: Adding, cast_vote: Voting
) -> None:
    one, other = two
    with other.reading() as connection:
        assert comparison.n_uncompared(connection) == 4
    deduplication.run(other, Copy(other, 1).act(act("L", "dedup run")))
    cast_vote(one, act, "A", 1, "include")
    give(one, other)
    with other.reading() as connection:
        assert comparison.n_uncompared(connection) == 0
    add_records(one, act, [0], source="Embase")
    give(one, other)
    with other.reading() as connection:
        assert comparison.n_uncompared(connection) == 5


def test_files_of_imports_go_along_and_full_texts_when_asked(
    two: tuple[Review, Review], act: Acting, cast_vote: Voting, fresh: Fresh
) -> None:
    one, other = two
    assert check.check(other).findings == ()
    for name in ("A", "B"):
        cast_vote(one, act, name, 1, "include")
    retrieval.note_step(one, act("L", "fulltext add"), [1], "retrieved", attachment=("one.pdf", b"%PDF"))
    with one.reading() as connection:
        (kept,) = (row.sha256 for row in connection.execute(sa.select(table("retrieval"))))
    give(one, other)
    assert not other.blobs.path(kept).exists()
    with fresh() as third:
        files = [exported(one, name, full_texts=True) for name in ("L", "A", "B")]
        sync.sync(third, files)
        assert third.blobs.read(kept) == b"%PDF"
        hollow = [(name, re.sub(rb'{"bytes":.*?}}\n', b"", content)) for name, content in files]
        with fresh() as fourth, pytest.raises(InputError, match="is not in it"):
            sync.sync(fourth, hollow)


def test_nobody_exports_who_is_not_in_the_team_or_has_done_nothing(review: Review) -> None:
    with pytest.raises(UsageError):
        exported(review, "Z")
    with pytest.raises(StateError, match="has changed nothing yet"):
        exported(review, "A")


def test_a_program_that_is_killed_in_the_middle_of_a_sync_leaves_the_review_as_it_was(
    fresh: Fresh, act: Acting, add_records: Adding, tmp_path: Path
) -> None:
    with fresh("sqlite") as one, fresh("sqlite") as other:
        add_records(one, act, range(4))
        name, content = exported(one, "L")
        (tmp_path / name).write_bytes(content)
        killed = (
            "import os, signal, sys; from reviewflow.storage import derived;"
            "derived.rebuild = lambda connection: os.kill(os.getpid(), signal.SIGKILL);"
            f"from reviewflow.cli.main import run; run(['sync', {str(tmp_path / name)!r}, '--review', sys.argv[1]])"
        )
        words = [sys.executable, "-c", killed, str(other.folder)]
        assert subprocess.run(words, check=False, timeout=60).returncode == -signal.SIGKILL
        with other.reading() as connection:
            assert ledger.changes(connection) == []
        assert_sound(other)
        sync.sync(other, [(name, content)])
        assert facts(other) == facts(one)


@pytest.mark.parametrize("forged", ["table", "columns", "cycle", "line"])
def test_a_forged_change_with_a_whole_hash_is_refused_in_words(
    two: tuple[Review, Review], act: Acting, cast_vote: Voting, forged: str
) -> None:
    one, other = two
    cast_vote(one, act, "A", 1, "include")
    name, content = exported(one, "A")
    lines = [json.loads(line) for line in content.splitlines()]
    header, fact = lines[1]["change"], lines[2]
    if forged == "table":
        fact[0] = "votes"
    elif forged == "columns":
        lines[0]["columns"]["vote"].reverse()
    elif forged == "cycle":
        header["undoes"] = header["uuid"]
    else:
        fact[1][1] = fact[1][1].split("/")[0] + "/99"
    total = Digest(hashed(header, header["undoes"]))
    total.add((fact[0], tuple(fact[1])))
    header["sha256"] = total.hexdigest()
    made = "\n".join(map(json.dumps, lines)).encode()
    with pytest.raises(InputError) as refused:
        sync.sync(other, [(name, made)])
    assert refused.value.remedy
