"""What a reader of a pooled result must know, one sentence each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from reviewflow.domain.effect import shown
from reviewflow.domain.pooling.wording import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.domain.effect import Effects
    from reviewflow.domain.pooling.models import Fit
    from reviewflow.domain.pooling.result import Pooled


def not_estimable(effects: Effects) -> str:
    """Why there is no estimate."""
    if effects.k == 0:
        return "Not estimable: no study is left to pool."
    return "Not estimable: no study has an event in one arm and a person without one; a risk difference (RD) may be."


def of_result(pooled: Pooled, effects: Effects, fit: Fit) -> tuple[str, ...]:
    """The warnings of a result, in the order in which they are read."""
    checks = (_twice, _single, _uncounted, _interval, _prediction, _outside, _proportions, _peto, _corrected)
    return tuple(words for check in checks for words in check(pooled, effects, fit))


def _twice(_: Pooled, effects: Effects, __: Fit) -> Iterator[str]:
    once = {each.study for each in effects.adjustments if each.method == "split"}
    for study, n in Counter(effects.studies).items():
        if n > 1 and study not in once:
            yield f"{study} contributes {n} rows: its people are counted {n} times, and the interval is too narrow."


def _single(pooled: Pooled, _: Effects, __: Fit) -> Iterator[str]:
    if pooled.k == 1:
        yield "One study: there is nothing to pool, and heterogeneity cannot be estimated."


def _uncounted(_: Pooled, effects: Effects, __: Fit) -> Iterator[str]:
    blank = [study for study, y in zip(effects.studies, effects.y, strict=True) if not np.isfinite(y)]
    if blank:
        yield f"No event in either arm, or nothing else: {', '.join(blank)} adds nothing to the estimate."


def _interval(pooled: Pooled, effects: Effects, fit: Fit) -> Iterator[str]:
    if pooled.model != "random":
        return
    if pooled.choices.ci != "z" and fit.df is None:
        yield "A Knapp-Hartung interval needs two studies: this one is Wald's."
    elif pooled.choices.ci == "hk" and fit.se == 0:
        yield "All effects are the same: the Knapp-Hartung interval has no width; use Wald's (z) or hk-adhoc."
    elif pooled.choices.ci == "hk" and fit.se**2 < 1 / float((1 / effects.v).sum()):
        yield "The Knapp-Hartung standard error is below that of a common effect (Q < df); consider hk-adhoc."
    if pooled.choices.ci != "z" and pooled.k == 2:
        yield "With two studies a Knapp-Hartung interval rests on one degree of freedom and is very wide."


def _prediction(pooled: Pooled, _: Effects, __: Fit) -> Iterator[str]:
    if pooled.prediction_interval is not None and pooled.k < 5:
        yield f"The prediction interval rests on {pooled.k} studies; below five it says little."


def _outside(pooled: Pooled, _: Effects, __: Fit) -> Iterator[str]:
    s, scale = pooled.summary, pooled.scale
    ends = [x for x in (shown(scale, s.ci_lower), shown(scale, s.ci_upper)) if x is not None]
    if any(x < scale.low or x > scale.high for x in ends):
        shown_ends = " to ".join(rounded(x) for x in ends)
        yield f"The interval {shown_ends} leaves the scale of a {scale.name}; PLO (logit) stays inside it."


def _proportions(pooled: Pooled, effects: Effects, _: Fit) -> Iterator[str]:
    n = effects.counts.get("ni")
    if n is None or pooled.measure not in {"PR", "PFT"}:
        return
    harmonic = len(n) / float((1 / n).sum())
    if pooled.measure == "PFT" and float(n.max()) / harmonic > 10:
        yield (
            f"The largest study has {n.max():g} people and the harmonic mean is {harmonic:.1f}: taking double arcsines"
            " back misleads here (Schwarzer 2019, doi:10.1002/jrsm.1348); prefer PLO or a GLMM."
        )
    p = effects.counts["xi"] / n
    extreme = int(((n < 20) | (p < 0.1) | (p > 0.9)).sum())
    if pooled.measure == "PR" and extreme:
        yield f"{extreme} of {pooled.k} proportions are near 0 or 1 or of fewer than 20 people: prefer PLO or a GLMM."


def _peto(pooled: Pooled, effects: Effects, _: Fit) -> Iterator[str]:
    if pooled.model != "peto":
        return
    n1, n2 = effects.counts["n1i"], effects.counts["n2i"]
    ratio = float(np.maximum(n1 / n2, n2 / n1).max())
    big = pooled.estimate is not None and abs(pooled.estimate) > 0.7
    reasons = [*(["arms are unbalanced"] if ratio > 2 else []), *(["the effect is large"] if big else [])]
    if reasons:
        yield f"Peto's method suits balanced arms, rare events and small effects; here {' and '.join(reasons)}."


def _corrected(pooled: Pooled, effects: Effects, _: Fit) -> Iterator[str]:
    n = int(effects.corrected.sum())
    if n and pooled.model in {"common", "random"}:
        yield f"{pooled.choices.add:g} was added to the counts of {n} of {pooled.k} studies (zero cells)."
