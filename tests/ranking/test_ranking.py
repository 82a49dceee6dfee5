from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain import ranking
from reviewflow.domain.ranking import MODELS, Ranker
from reviewflow.errors import InputError, UsageError

WORDS = ["aspirin", "headache", "trial", "trials", "children", "renal", "placebo", "cohort", "dialysis", "pain", "mice"]


def made(n: int, seed: int = 0) -> tuple[list[str], list[bool]]:
    """Texts of which a fifth speak of aspirin and headache, and are relevant."""
    rng = np.random.default_rng(seed)
    relevant = [bool(each) for each in rng.random(n) < 0.2]
    relevant[:2] = True, False
    subject = {True: ["aspirin", "headache", "pain"], False: ["renal", "dialysis", "mice"]}
    return [
        ranking.text_of(" ".join(rng.choice(subject[each], 5)), " ".join(rng.choice(WORDS, 12))) for each in relevant
    ], relevant


@pytest.fixture(params=sorted(MODELS))
def model(request: pytest.FixtureRequest) -> ranking.Model:
    return MODELS[request.param]


@given(st.integers(3, 40), st.integers(0, 99), st.data())
@settings(max_examples=30, deadline=None)
def test_a_ranking_holds_every_unlabelled_record_once(n: int, seed: int, data: st.DataObject) -> None:
    texts, _ = made(n, seed)
    places = data.draw(st.lists(st.integers(0, n - 1), unique=True))
    labels = {place: data.draw(st.booleans()) for place in places}
    order = Ranker(texts, MODELS["rf1"], seed).rank(labels)
    assert sorted([*order.tolist(), *labels]) == list(range(n))


def test_the_same_labels_give_the_same_order_whatever_was_ranked_before(model: ranking.Model) -> None:
    texts, relevant = made(80)
    ranker = Ranker(texts, model, 1)
    few, more = ({place: relevant[place] for place in range(n)} for n in (5, 40))
    first = ranker.rank(more).tolist()
    ranker.rank(few)
    assert ranker.rank(more).tolist() == first
    assert Ranker(texts, model, 1).rank(more).tolist() == first


def test_the_model_of_others_does_not_look_at_the_order_of_the_labels() -> None:
    texts, relevant = made(80)
    labels = {place: relevant[place] for place in range(40)}
    ranker = Ranker(texts, MODELS["elas_u4"], 1)
    assert ranker.rank(dict(reversed(labels.items()))).tolist() == ranker.rank(labels).tolist()


@given(st.lists(st.booleans(), min_size=2, max_size=50).filter(lambda each: len(set(each)) == 2), st.floats(1, 100))
def test_the_relevant_labels_together_weigh_as_the_ratio_says(relevant: list[bool], ratio: float) -> None:
    signs = np.where(relevant, 1.0, -1.0)
    for late in (0.0, 0.7):
        weights = ranking.label_weights(signs, ratio, late)
        assert weights.mean() == pytest.approx(1)
        assert weights[signs > 0].sum() == pytest.approx(ratio * weights[signs < 0].sum())
        assert (np.diff(weights[signs > 0]) >= -1e-12).all()


def test_while_there_is_nothing_to_learn_the_seed_decides(model: ranking.Model) -> None:
    texts, _ = made(30)
    one, same, other = (Ranker(texts, model, seed).rank({3: False}).tolist() for seed in (1, 1, 2))
    assert one == same != other
    assert 3 not in one


def test_records_of_one_text_come_in_the_order_of_the_file(model: ranking.Model) -> None:
    texts = ["aspirin for pain", "renal dialysis", *["aspirin trial"] * 4, "mice"]
    order = Ranker(texts, model, 1).rank({0: True, 1: False}).tolist()
    assert [place for place in order if 2 <= place <= 5] == [2, 3, 4, 5]


@pytest.mark.parametrize("text", ["", "same words", "7 a"])
def test_texts_that_tell_nothing_apart_come_in_the_order_of_the_file(model: ranking.Model, text: str) -> None:
    assert Ranker([text] * 6, model, 1).rank({0: True, 3: False}).tolist() == [1, 2, 4, 5]


def test_what_is_like_the_relevant_ones_comes_first(model: ranking.Model) -> None:
    texts, relevant = made(200)
    order = list(ranking.screened(Ranker(texts, model, 1), relevant, [0, 1]))
    found = [relevant[place] for place in order]
    saved = ranking.wss(found, 0.95)
    assert saved is not None
    assert saved > 0.5


@given(st.integers(3, 30), st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_a_simulation_screens_every_record_once_and_takes_the_first_of_each_ranking(n: int, seed: int) -> None:
    texts, relevant = made(n, seed)
    ranker = Ranker(texts, MODELS["elas_u4"], 1)
    known = ranking.priors(relevant, seed)
    order = list(ranking.screened(ranker, relevant, known))
    assert sorted([*order, *known]) == list(range(n))
    labels = {place: relevant[place] for place in known}
    for place in order:
        if sum(labels.values()) == sum(relevant):
            break
        scores = ranker.scores(labels)
        # The simulation starts each fit near the one before, so a score may differ in its last digits.
        assert scores[place] >= max(scores[left] for left in range(n) if left not in labels) - 1e-5
        labels[place] = relevant[place]


def test_priors_are_one_of_each_kind_and_follow_the_seed() -> None:
    relevant = [place % 7 == 0 for place in range(50)]
    pairs = {ranking.priors(relevant, seed) for seed in range(30)}
    assert all(relevant[one] and not relevant[other] for one, other in pairs)
    assert len(pairs) > 20
    assert ranking.priors(relevant, 4) == ranking.priors(relevant, 4)


@pytest.mark.parametrize("relevant", [[True, True], [False], []])
def test_a_set_of_one_kind_has_no_priors(relevant: list[bool]) -> None:
    with pytest.raises(InputError, match="nothing to rank"):
        ranking.priors(relevant, 1)


def test_a_model_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="no model of ranking"):
        ranking.model_named("svm")


@given(st.lists(st.booleans(), min_size=2, max_size=60))
def test_loss_is_0_for_the_best_order_and_1_for_the_worst(labels: list[bool]) -> None:
    best, worst = ranking.loss(sorted(labels, reverse=True)), ranking.loss(sorted(labels))
    if len(set(labels)) < 2:
        assert best is worst is None
        return
    assert best == pytest.approx(0)
    assert worst == pytest.approx(1)
    here, reversed_ = ranking.loss(labels), ranking.loss(labels[::-1])
    assert here is not None
    assert reversed_ is not None
    assert here + reversed_ == pytest.approx(1)


def test_work_saved_and_early_recall_are_as_counted_by_hand() -> None:
    labels = [True, True, False, True, *[False] * 16]
    assert ranking.wss(labels, 0.95) == pytest.approx(1 - 4 / 20 - 0.05)
    assert ranking.recall_after(labels, 0.1) == pytest.approx(2 / 3)
    assert ranking.wss([False, False], 0.95) is None
