"""A run of deduplication compares what is new, and gives what comparing everything gives."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reviewflow.storage import comparison, reports
from reviewflow.workflow import deduplication, history, identification

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Fresh

TITLES = (
    "Doxofylline added to inhaled steroids in children with asthma",
    "Doxofylline added to inhaled steroids in adults with asthma",
    "Corrigendum: Doxofylline added to inhaled steroids in children with asthma",
)
ENTRY = """TY  - JOUR
TI  - {title}
AU  - Okonjo, Adaeze
AU  - Lindqvist, P.
PY  - {year}
JO  - European Respiratory Journal
VL  - {volume}
SP  - {page}
DO  - {doi}
AN  - {number}
ER  -
"""
entries = st.fixed_dictionaries(
    {
        "title": st.sampled_from(TITLES),
        "year": st.sampled_from(("2018", "2019", "")),
        "volume": st.sampled_from(("53", "54", "")),
        "page": st.sampled_from(("1801", "22", "")),
        "doi": st.sampled_from(("10.5555/a", "10.5555/b", "")),
    }
)
batches = st.lists(st.lists(entries, min_size=1, max_size=3), min_size=2, max_size=4)


class Story:
    """A review to which batches of records come one after the other."""

    def __init__(self, review: Review, act: Acting) -> None:
        self.review, self.act, self.n = review, act, 0

    def come(self, batch: list[dict[str, str]]) -> None:
        text = "\n".join(ENTRY.format(**one, number=self.n + place) for place, one in enumerate(batch))
        self.n += len(batch)
        name = f"{self.n}.ris"
        identification.import_file(self.review, self.act("L", f"import {name}"), name, text.encode(), source="Embase")

    def run(self) -> deduplication.Run:
        return deduplication.run(self.review, self.act("L", "dedup run"))

    def say(self, answers: list[tuple[int, int, bool]]) -> None:
        deduplication.answer(self.review, self.act("L", "dedup review"), answers)

    def outcome(self) -> tuple[dict[int, list[int]], list[tuple[int, int, str]], list[tuple[int, int, str]]]:
        """The reports, the pairs that wait for a person, and the relations."""
        queue = [(each.a.id, each.b.id, each.link.rule) for each in deduplication.review_queue(self.review)]
        with self.review.reading() as connection:
            related = [(each.record, each.of, each.kind) for each in comparison.relations(connection)]
            return reports.members(connection), queue, related


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(batches, st.data())
def test_searches_that_come_one_after_the_other_give_the_reports_of_one_run_over_all(
    fresh: Fresh, acts: Callable[[], Acting], given_: list[list[dict[str, str]]], data: st.DataObject
) -> None:
    with fresh("memory") as step_by_step, fresh("memory") as at_once:
        one, other = Story(step_by_step, acts()), Story(at_once, acts())
        for batch in given_:
            one.come(batch)
            other.come(batch)
            one.run()
            pairs = list(combinations(range(1, one.n + 1), 2))
            chosen = data.draw(st.lists(st.sampled_from(pairs), max_size=2, unique=True)) if pairs else []
            said = [(a, b, data.draw(st.booleans())) for a, b in chosen]
            one.say(said)
            other.say(said)
        one.run()
        other.run()
        assert one.outcome() == other.outcome()
        assert (one.run().n_new, one.run().n_withdrawn) == (0, 0)


def test_a_new_record_meets_only_those_with_which_it_shares_a_key(
    fresh: Fresh, act: Acting, add_records: Adding
) -> None:
    told: list[tuple[int, int]] = []
    for kind in ("memory", "postgresql"):
        with fresh(kind) as review:
            add_records(review, act, range(100))
            deduplication.run(review, act("L", "dedup run"))
            add_records(review, act, [7, 200], source="Embase")
            told.clear()
            done = deduplication.run(review, act("L", "dedup run"), lambda n, of: told.append((n, of)))
            assert (done.n_records, done.n_reports, done.n_new) == (102, 101, 1)
            assert sum(of for n, of in told if n == of) <= 2


def test_a_second_run_compares_nothing_and_leaves_no_trace(fresh: Fresh, act: Acting, add_records: Adding) -> None:
    with fresh("memory") as review:
        add_records(review, act, range(5))
        deduplication.run(review, act("L", "dedup run"))
        before = history.log(review)
        told: list[tuple[int, int]] = []
        deduplication.run(review, act("L", "dedup run"), lambda n, of: told.append((n, of)))
        assert told == []
        assert history.log(review) == before


def test_a_run_that_finds_no_duplicate_stands_in_the_log(fresh: Fresh, act: Acting, add_records: Adding) -> None:
    with fresh("memory") as review:
        add_records(review, act, range(5))
        deduplication.run(review, act("L", "dedup run"))
        assert [line.words for line in history.log(review)][1:] == ["dedup run: 5 records; 0 links added, 0 withdrawn"]


def test_status_asks_for_a_run_after_an_import_and_after_the_undoing_of_a_run(
    fresh: Fresh, act: Acting, add_records: Adding
) -> None:
    def note(review: Review) -> str:
        return next(each.words for each in history.status(review).stages if each.stage == "deduplication")

    with fresh("memory") as review:
        add_records(review, act, [1, 2])
        assert "not" in note(review)
        deduplication.run(review, act("L", "dedup run"))
        assert note(review) == ""
        add_records(review, act, [1], source="Embase")
        assert "not" in note(review)
        done = deduplication.run(review, act("L", "dedup run"))
        assert (done.n_new, note(review)) == (1, "")
        history.undo(review, act("L", "undo"), "")
        assert "not" in note(review)
        assert deduplication.run(review, act("L", "dedup run")).n_new == 1


def test_what_was_compared_by_other_rules_is_compared_anew(fresh: Fresh, act: Acting, add_records: Adding) -> None:
    with fresh("memory") as review:
        add_records(review, act, range(3))
        deduplication.run(review, act("L", "dedup run"))
        with review.writing() as connection:
            assert comparison.begin(connection, "the rules of another day").new == {1, 2, 3}


@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.lists(entries, min_size=3, max_size=6), st.data())
def test_merging_two_reports_and_splitting_them_again_leaves_the_reports_of_before(
    fresh: Fresh, acts: Callable[[], Acting], batch: list[dict[str, str]], data: st.DataObject
) -> None:
    with fresh("memory") as review:
        story = Story(review, acts())
        story.come(batch)
        story.run()
        before = story.outcome()[0]
        homes = sorted(before)
        if len(homes) < 2:
            return
        one, other = data.draw(st.permutations(homes))[:2]
        deduplication.merge(review, story.act("L", "dedup merge"), one, other)
        assert len(story.outcome()[0]) == len(before) - 1
        deduplication.split(review, story.act("L", "dedup split"), before[other])
        assert story.outcome()[0] == before
        story.run()
        assert story.outcome()[0] == before
