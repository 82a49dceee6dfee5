"""Pooling beside statsmodels and PyMetaAnalysis, where they follow the conventions of metafor.

Both run here, so that any table can be put to them, not only those with numbers on file. Where they go another way they
are not asked: statsmodels has another variance of the standardised mean difference and another I2, PyMetaAnalysis
corrects a risk difference with an empty cell in its variance alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.pooling import pool
from reviewflow.domain.pooling.weighted import at

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from numpy.typing import NDArray

    from reviewflow.domain.pooling import Pooled

    Floats = NDArray[np.float64]
    Rows = list[dict[str, Any]]

FOLDER = Path(__file__).parent / "metafor-3.8-1"
TRIALS = ("bcg", "hine1989", "lau1992", "egger2001", "nielweise2007", "yusuf1985")
WITHOUT_ZEROS = ("bcg", "hine1989")
MEANS = ("mean_treat", "sd_treat", "n_treat", "mean_control", "sd_control", "n_control")
RATIOS = {"OR": "odds-ratio", "RR": "risk-ratio"}
# Closed formulas, the sums taken in another order.
CLOSED = 1e-10
# Found by a search, which each program ends where it likes.
SEARCHED = 1e-8
SEARCHES = {"DL": CLOSED, "PM": SEARCHED, "REML": SEARCHED}
# Of metafor 3.8-1 by REML, its threshold at 1e-13; it starts elsewhere than at 0, and so finds the same.
LAU_21_TAU2 = 0.0125479703441221
TIGHT: dict[str, Any] = {"atol": 1e-13, "max_iter": 1000}
EXAMPLES = settings(max_examples=40, deadline=None)


@pytest.fixture(scope="module")
def statsmodels() -> ModuleType:
    import statsmodels.stats.meta_analysis as peer  # noqa: PLC0415 - a second that no other test should wait for

    return peer  # type: ignore[no-any-return]  # it has no types


@pytest.fixture(scope="module")
def pymeta() -> ModuleType:
    import meta_analyze as peer  # noqa: PLC0415 - as statsmodels

    return peer


def table(name: str) -> Rows:
    """A published table; where it is from stands in its file. Rows with a missing number are left out."""
    held = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return [dict(zip(held["columns"], row, strict=True)) for row in held["rows"] if None not in row]


def column(rows: Rows, *names: str) -> Floats:
    """Their sum, row by row."""
    return np.array([sum(float(row[name]) for name in names) for row in rows])


def arms(rows: Rows) -> dict[str, Floats]:
    """Events and sizes of both arms, as PyMetaAnalysis calls them."""
    treated, control = (("n1i",), ("n2i",)) if "n1i" in rows[0] else (("ai", "bi"), ("ci", "di"))
    return {
        "event_treat": column(rows, "ai"),
        "n_treat": column(rows, *treated),
        "event_control": column(rows, "ci"),
        "n_control": column(rows, *control),
    }


def arm_rows(rows: Rows) -> Rows:
    """The same trials, all as events and sizes."""
    counts = zip(*arms(rows).values(), strict=True)
    return [dict(zip(("ai", "n1i", "ci", "n2i"), map(float, each), strict=True)) for each in counts]


def near(ours: Iterable[float | None] | float | None, theirs: Iterable[Any] | float, rel: float = CLOSED) -> bool:
    """Whether all numbers are those of the peer; what is nothing but rounding counts as 0."""
    one, other = (np.atleast_1d(np.array(each, dtype=np.float64)) for each in (ours, theirs))
    return bool(one.shape == other.shape and (np.abs(one - other) <= rel * np.maximum(np.abs(other), 1e-3)).all())


def summary_of(peer: Any) -> list[float]:  # noqa: ANN401 - a result of PyMetaAnalysis
    """Estimate, error, interval, Q and I2 of a result of PyMetaAnalysis."""
    return [peer.estimate, peer.standard_error, peer.ci_low, peer.ci_high, peer.q, peer.q_pvalue, 100 * peer.i2]


def summary(answer: dict[str, Any]) -> list[float]:
    return [answer[key] for key in ("estimate", "se", "ci_lower", "ci_upper", "q", "q_p", "i2")]


def random_tables(seed: int, n: int) -> Iterable[Rows]:
    """Tables of trials, some arms of which have no event."""
    rng = np.random.default_rng(seed)
    for _ in range(n):
        k = int(rng.integers(3, 15))
        sizes = rng.integers(15, 300, (k, 2))
        events = rng.binomial(sizes, rng.uniform(0.01, 0.5, (k, 2)))
        events[0] = np.maximum(events[0], 1)  # one study, at least, has something to say
        yield [
            {"ai": int(a), "n1i": int(n1), "ci": int(c), "n2i": int(n2)}
            for (a, c), (n1, n2) in zip(events, sizes, strict=True)
        ]


def is_full(row: dict[str, Any]) -> bool:
    """Whether neither arm has no events, or nothing else."""
    one = arms([row])
    pairs = ((one["event_treat"], one["n_treat"]), (one["event_control"], one["n_control"]))
    return all(0 < events < size for (events,), (size,) in pairs)


@pytest.mark.parametrize("measure", RATIOS)
def test_log_ratios_and_their_variances_are_those_of_statsmodels(statsmodels: ModuleType, measure: str) -> None:
    every = [row for rows in (*map(table, TRIALS), *random_tables(1, 20)) for row in arm_rows(rows)]
    full = [row for row in every if is_full(row)]
    # Its correction goes to all studies that it is given, and raises the sizes of those with an empty cell only.
    with_a_zero = [row for row in every if not is_full(row)]
    for rows, added in ((full, None), (with_a_zero, 0.5)):
        counts = arms(rows).values()
        y, v = statsmodels.effectsize_2proportions(*counts, statistic=RATIOS[measure], zero_correction=added)
        ours = pool(measure, rows, double_zero="keep").studies
        assert near([study.yi for study in ours], y)
        assert near([study.vi for study in ours], v)


@pytest.mark.parametrize("name", WITHOUT_ZEROS)
def test_risk_differences_and_their_variances_are_those_of_statsmodels(statsmodels: ModuleType, name: str) -> None:
    rows = table(name)
    y, v = statsmodels.effectsize_2proportions(*arms(rows).values(), statistic="diff")
    ours = pool("RD", rows).studies
    assert near([study.yi for study in ours], y)
    assert near([study.vi for study in ours], v)


effects = st.lists(
    st.tuples(st.floats(-5, 5).map(lambda x: round(x, 6)), st.floats(0.01, 4).map(lambda x: round(x, 6))),
    min_size=3,
    max_size=15,
)


@EXAMPLES
@given(studies=effects)
def test_common_effect_dersimonian_laird_and_knapp_hartung_of_any_effects_are_those_of_statsmodels(
    statsmodels: ModuleType, studies: list[tuple[float, float]]
) -> None:
    y, v = np.array(studies).T
    with np.errstate(all="ignore"):
        peer = statsmodels.combine_effects(y, v, method_re="dl")
    rows: Rows = [{"yi": a, "vi": b} for a, b in studies]
    common, wald, hk = (
        pool("GEN", rows, model="common"),
        pool("GEN", rows, tau2="DL", ci="z"),
        pool("GEN", rows, tau2="DL", ci="hk"),
    )
    assert near([common.estimate, common.summary.se], [peer.mean_effect_fe, peer.sd_eff_w_fe])
    # It leaves a tau2 below 0 as it is: another model than ours, and 1 / 0 where the effects are all the same.
    if peer.tau2 > 0:
        assert near([wald.tau2, wald.estimate, wald.summary.se], [peer.tau2, peer.mean_effect_re, peer.sd_eff_w_re])
        assert near(hk.summary.se, peer.sd_eff_w_re_hksj)
    assert near([wald.q, wald.i2_from_q], [peer.q, 100 * max(peer.i2, 0)])


@pytest.mark.parametrize("name", TRIALS)
def test_paule_and_mandels_tau2_is_that_of_statsmodels(statsmodels: ModuleType, name: str) -> None:
    rows = table(name)
    found = pool("OR", rows, tau2="PM", ci="z")
    y, v = (np.array([getattr(study, of) for study in found.studies if study.yi is not None]) for of in ("yi", "vi"))
    peer = statsmodels.combine_effects(y, v, method_re="pm", atol=1e-9, maxiter=500)
    ours = [found.tau2, found.estimate, found.summary.se]
    assert near(ours, [peer.tau2, peer.mean_effect_re, peer.sd_eff_w_re], SEARCHED)


MEASURED = [
    (name, measure) for name in TRIALS for measure in ("OR", "RR", "RD") if measure != "RD" or name in WITHOUT_ZEROS
]


def held_to(found: Pooled, peer: Any, rel: float) -> None:  # noqa: ANN401 - a result of PyMetaAnalysis
    """Every number of a pool of random effects is the peer's."""
    assert near(summary(found.to_json()), summary_of(peer), rel)
    assert near(found.tau2, peer.tau2, rel)
    assert near(found.h2, peer.h2, rel)
    assert near(found.tau2_ci or (), peer.tau2_confidence_interval().ci, SEARCHED)
    assert near(found.prediction_interval or (), peer.prediction_interval, rel)


@pytest.mark.parametrize(("name", "measure"), MEASURED)
def test_trials_pooled_by_inverse_variance_are_pymetas(pymeta: ModuleType, name: str, measure: str) -> None:
    rows = table(name)
    asked = {**arms(rows), "measure": measure, "method": "IV"}
    common = pymeta.meta_binary(**asked, model="common")
    assert near(summary(pool(measure, rows, model="common").to_json()), summary_of(common))
    for tau2, rel in SEARCHES.items():
        for ci, theirs in (("z", "normal"), ("hk", "hksj")):
            peer = pymeta.meta_binary(**asked, model="random", tau2_method=tau2, ci_method=theirs, **TIGHT)
            held_to(pool(measure, rows, tau2=tau2, ci=ci), peer, rel)


@pytest.mark.parametrize("name", TRIALS)
def test_mantel_haenszel_and_peto_are_pymetas(pymeta: ModuleType, name: str) -> None:
    for rows in (table(name), *random_tables(2, 3)):
        for model, measure in (("mh", "OR"), ("mh", "RR"), ("peto", "OR")):
            method = {"mh": "MH", "peto": "Peto"}[model]
            peer = pymeta.meta_binary(**arms(rows), measure=measure, method=method)
            found = pool("PETO" if model == "peto" else measure, rows, model=model)
            assert near(summary(found.to_json()), summary_of(peer))
        peer = pymeta.meta_binary(**arms(rows), measure="RD", method="MH")
        found = pool("RD", rows, model="mh")  # Q has weights of single studies, and with them the correction
        assert near([found.estimate, found.summary.se], [peer.estimate, peer.standard_error])


@pytest.mark.parametrize("measure", ["MD", "SMD"])
def test_means_are_pymetas(pymeta: ModuleType, measure: str) -> None:
    for name in ("normand1999", "curtis1998"):
        rows = table(name)
        columns = dict(
            zip(MEANS, (column(rows, each) for each in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")), strict=True)
        )
        for tau2, rel in SEARCHES.items():
            peer = pymeta.meta_continuous(**columns, measure=measure, model="random", tau2_method=tau2, **TIGHT)
            found = pool(measure, rows, tau2=tau2, ci="z")
            assert near([study.yi for study in found.studies], peer.study_results["effect"])
            assert near([study.vi for study in found.studies], peer.study_results["variance"])
            held_to(found, peer, rel)


def test_correlations_are_pymetas(pymeta: ModuleType) -> None:
    rows = table("molloy2014")
    for tau2, rel in SEARCHES.items():
        peer = pymeta.meta_correlation(correlation=column(rows, "ri"), n=column(rows, "ni"), tau2_method=tau2, **TIGHT)
        held_to(pool("ZCOR", rows, tau2=tau2, ci="z"), peer, rel)


@EXAMPLES
@given(studies=effects)
def test_any_effects_pooled_by_dersimonian_laird_or_paule_mandel_are_pymetas(
    pymeta: ModuleType, studies: list[tuple[float, float]]
) -> None:
    y, v = np.array(studies).T
    rows: Rows = [{"yi": a, "vi": b} for a, b in studies]
    for tau2 in ("DL", "PM"):
        peer = pymeta.meta_analysis(effect=y, variance=v, tau2_method=tau2, **TIGHT)
        found = pool("GEN", rows, tau2=tau2, ci="z")
        assert near(summary(found.to_json()), summary_of(peer), SEARCHES[tau2])
        assert near(found.tau2, peer.tau2, SEARCHES[tau2])
        assert near(found.prediction_interval or (), peer.prediction_interval, SEARCHES[tau2])


@pytest.mark.parametrize("name", ["bcg", "egger2001", "nielweise2007", "lau1992"])
def test_small_study_tests_and_trim_and_fill_are_pymetas(pymeta: ModuleType, name: str) -> None:
    rows = table(name)
    asked: dict[str, Any] = {"small_study": ["egger", "begg", "harbord", "peters"], "trim_and_fill": ["L0"]}
    for tau2, rel in SEARCHES.items():
        chosen = {"method": "IV", "model": "random", "tau2_method": tau2}
        peer = pymeta.meta_binary(**arms(rows), measure="OR", **chosen, **TIGHT)
        found = pool("OR", rows, tau2=tau2, ci="z", **asked).to_json()
        tests: Any = found["small_study"]
        for test in ("egger", "harbord", "peters"):
            theirs = getattr(peer, f"{test}_test")()
            assert near([tests[test]["statistic"], tests[test]["p_value"]], [theirs.statistic, theirs.pvalue])
        begg = peer.begg_test()
        assert near([tests["begg"]["tau"], tests["begg"]["p_value"]], [begg.tau, begg.pvalue])
        filled: Any = found["trim_and_fill"]
        ours, theirs = filled["L0"], peer.trim_and_fill(estimator="L0")
        assert (ours["k0"], ours["side"]) == (theirs.k0, theirs.side)
        both = [ours["estimate"], ours["se"], ours["tau2"]]
        assert near(both, [theirs.adjusted_estimate, theirs.adjusted_result.standard_error, theirs.adjusted_tau2], rel)


@pytest.mark.parametrize("name", ["bcg", "egger2001", "lau1992"])
def test_leave_one_out_and_cumulative_pooling_are_pymetas(pymeta: ModuleType, name: str) -> None:
    rows = sorted(table(name), key=lambda row: row["year"])
    for tau2, rel in (("DL", CLOSED), ("PM", SEARCHED)):
        chosen = {"method": "IV", "model": "random", "tau2_method": tau2}
        peer = pymeta.meta_binary(**arms(rows), measure="OR", **chosen, **TIGHT)
        found: Any = pool("OR", rows, tau2=tau2, ci="z", leave_one_out=True, cumulative="year").to_json()
        # PyMetaAnalysis does not pool the first study alone.
        steps = [(each, ours) for each, ours in zip(peer.cumulative().results, found["cumulative"][1:], strict=True)]
        steps += zip(peer.leave_one_out().results, found["leave_one_out"], strict=True)
        for theirs, ours in steps:
            assert near(summary(ours), summary_of(theirs), rel)
            assert near(ours["tau2"], theirs.tau2, rel)


def test_where_reml_of_pymeta_stays_at_nothing_the_likelihood_is_higher_here(pymeta: ModuleType) -> None:
    """Of the first 21 trials of Lau 1992 the likelihood falls from 0 on, and then rises to more than it was there."""
    rows = sorted(table("lau1992"), key=lambda row: row["year"])[:21]
    found = pool("OR", rows, ci="z")
    y, v = (np.array([[getattr(study, of) for study in found.studies]]) for of in ("yi", "vi"))
    peer = pymeta.meta_analysis(effect=y[0], variance=v[0], tau2_method="REML", **TIGHT)
    ours, theirs = (at(y, v, np.array([tau2])).log_likelihood(restricted=True)[0] for tau2 in (found.tau2, peer.tau2))
    assert peer.tau2 == 0
    assert found.tau2 == pytest.approx(LAU_21_TAU2, rel=SEARCHED)
    assert ours > theirs + 5e-3


def test_subgroups_and_the_test_between_them_are_pymetas(pymeta: ModuleType) -> None:
    rows = table("bcg")
    levels = np.array([row["alloc"] for row in rows], dtype=object)
    for tau2, rel in SEARCHES.items():
        chosen = {"method": "IV", "model": "random", "tau2_method": tau2}
        peer = pymeta.meta_binary(**arms(rows), measure="RR", subgroup=levels, **chosen, **TIGHT)
        found = pool("RR", rows, tau2=tau2, ci="z", subgroup="alloc")
        for each in found.subgroups:
            assert near(summary(each.result.to_json()), summary_of(peer.groups[each.level]), rel)
        assert found.between is not None
        assert near([found.between.q, found.between.p], [peer.q_between, peer.q_between_pvalue], rel)


@pytest.mark.parametrize(("ci", "inference"), [("z", "normal"), ("hk", "hksj")])
def test_meta_regression_is_pymetas(pymeta: ModuleType, ci: str, inference: str) -> None:
    rows = table("bcg")
    moderators = {name: column(rows, name) for name in ("ablat", "year")}
    studies = pool("RR", rows).studies
    y, v = (np.array([getattr(study, of) for study in studies], dtype=np.float64) for of in ("yi", "vi"))
    for tau2 in SEARCHES:
        chosen = {"tau2_method": tau2, "inference_method": inference}
        peer = pymeta.meta_regression(effect=y, variance=v, moderators=moderators, **chosen, **TIGHT)
        found = pool("RR", rows, tau2=tau2, ci=ci, moderators=list(moderators))
        theirs = peer.coefficients
        for ours, of in (("estimate", "estimate"), ("se", "standard_error"), ("p_value", "pvalue")):
            assert near([getattr(each, ours) for each in found.coefficients], theirs[of], SEARCHED)
        assert near([found.tau2, found.q, found.r2], [peer.tau2, peer.heterogeneity.q, 100 * peer.pseudo_r2], SEARCHED)
        assert near([found.qm, found.qm_p], [peer.global_test.statistic, peer.global_test.pvalue], SEARCHED)
