from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from reviewflow.domain.ranking import MODELS
from reviewflow.errors import InputError, UsageError
from reviewflow.workflow import simulate

HEADER = "record_id,title,abstract,relevant\n"


def labelled(n: int, n_relevant: int) -> str:
    """A set whose relevant records, every k-th, speak of aspirin."""
    words = ["renal", "dialysis", "cohort", "mice", "placebo", "trial"]
    rng = np.random.default_rng(1)
    rows = []
    for i in range(n):
        is_relevant = i % (n // n_relevant) == 0 and i // (n // n_relevant) < n_relevant
        subject = "aspirin headache" if is_relevant else "kidney"
        rows.append(
            f'r{i},"{subject}, {" ".join(rng.choice(words, 2))}",{" ".join(rng.choice(words, 9))},{is_relevant:d}'
        )
    return HEADER + "\n".join(rows) + "\n"


def simulated(text: str, **more: object) -> simulate.Simulated:
    asked: dict[str, object] = {
        "model": MODELS["rf1"],
        "seed": 1,
        "prior_ids": (),
        "target": 0.95,
        "alpha": 0.05,
        **more,
    }
    return simulate.simulate(simulate.read(text, "set.csv", "relevant"), **asked)  # type: ignore[arg-type] # by name


@pytest.mark.parametrize("model", sorted(MODELS))
def test_relevant_records_come_first_and_the_rule_stops_after_them(model: str) -> None:
    found = simulated(labelled(300, 10), model=MODELS[model])
    assert found.wss95 is not None
    assert found.wss95 > 0.85
    assert found.stop is not None
    assert found.stop.recall == 1
    assert 0 < found.stop.saved < 1


def test_the_order_holds_the_priors_first_and_every_record_once() -> None:
    found = simulated(labelled(60, 6), prior_ids=["r10", "r1", "r5", "r10"])
    rows = list(csv.DictReader(io.StringIO(simulate.order_csv(found))))
    assert [(row["record_id"], row["prior"]) for row in rows[:4]] == [
        ("r10", "1"),
        ("r1", "1"),
        ("r5", "1"),
        rows_of(rows[3]),
    ]
    assert sorted(row["record_id"] for row in rows) == sorted(f"r{i}" for i in range(60))
    assert sum(row["label"] == "1" for row in rows) == 6


def rows_of(row: dict[str, str]) -> tuple[str, str]:
    """A row that is no prior."""
    assert row["prior"] == "0"
    return row["record_id"], "0"


def test_the_same_seed_gives_the_same_order() -> None:
    text = labelled(80, 8)
    assert simulated(text, seed=3) == simulated(text, seed=3)
    assert simulated(text, seed=3).priors != simulated(text, seed=4).priors


def test_when_all_relevant_records_were_known_there_is_nothing_to_measure() -> None:
    found = simulated(labelled(30, 2), prior_ids=["r0", "r15", "r1"])
    assert (found.wss95, found.recall10, found.loss) == (None, None, None)
    assert len(found.order) == 27


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no column 'record_id'"),
        ("record_id,title,abstract\nr1,a,b\n", "no column 'relevant'"),
        (HEADER + "r1,a,b,yes\n", "line 2: the label 'yes'"),
        (HEADER + "r1,a,b,1\nr1,a,b,0\n", "line 3: record_id 'r1' stands twice"),
        (HEADER + ",a,b,1\n", "line 2: record_id is empty"),
        (HEADER + "r1,a\n", "line 2: the label ''"),
    ],
)
def test_a_table_that_is_not_as_needed_is_refused_with_the_line(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        simulate.read(text, "set.csv", "relevant")


def test_priors_are_among_the_records_and_of_both_kinds() -> None:
    for prior_ids, words in ((["r0", "q"], "'q' is not among"), (["r0"], "all of one kind")):
        with pytest.raises(UsageError, match=words):
            simulated(labelled(30, 3), prior_ids=prior_ids)


def test_a_set_of_one_kind_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to rank"):
        simulated(HEADER + "r1,a,b,0\nr2,a,c,0\n")
