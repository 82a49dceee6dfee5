"""What a sync refuses: altered, cut short, forged or foreign files, and changes whose ground is not here."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewflow.domain.ledger import Digest
from reviewflow.errors import InputError, ReviewflowError, StateError, UsageError
from reviewflow.storage import ledger
from reviewflow.storage.ledger import hashed
from reviewflow.workflow import (
    flow,
    history,
    sync,
)
from tests.workflow.copies import Copy, everything, exported, facts, give, side_tables

if TYPE_CHECKING:
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Filling, Fresh, Voting
    from tests.workflow.copies import Moved


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


def test_nobody_exports_who_is_not_in_the_team_or_has_done_nothing(review: Review) -> None:
    with pytest.raises(UsageError):
        exported(review, "Z")
    with pytest.raises(StateError, match="has changed nothing yet"):
        exported(review, "A")


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
