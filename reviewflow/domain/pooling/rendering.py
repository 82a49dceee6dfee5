"""A pooled analysis as the JSON object that the command line prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from reviewflow.domain.effect import shown
from reviewflow.domain.pooling.result import clean

if TYPE_CHECKING:
    from reviewflow.domain.pooling.result import Coefficient, Json, Pooled, StudyResult

Object: TypeAlias = "dict[str, Json]"


def to_json(pooled: Pooled) -> Object:
    """The object of `pool file --json`."""
    choices = pooled.choices
    found: Object = {
        "schema": 1,
        "measure": pooled.measure,
        "model": pooled.model,
        "tau2_method": choices.tau2 if pooled.model == "random" else ("ML" if pooled.model == "glmm" else None),
        "ci_method": choices.ci,
        "model_words": pooled.model_words,
        "words": pooled.words(),
        "choices": dict(choices.named()),
        "defaults": [name for name in choices.named() if name in choices.defaulted],
        "k": pooled.k,
        **_summary(pooled),
        "tau2": clean(pooled.tau2),
        "tau2_ci": _pair(pooled.tau2_ci),
        "i2": clean(pooled.i2),
        "i2_ci": _pair(pooled.i2_ci),
        "i2_from_q": clean(pooled.i2_from_q),
        "h2": clean(pooled.h2),
        "h2_ci": _pair(pooled.h2_ci),
        "q": clean(pooled.q),
        "q_df": pooled.q_df,
        "q_p": clean(pooled.q_p),
        "prediction_interval": _pair(pooled.prediction_interval),
        "display": pooled.display,
        "studies": [_study(pooled, study) for study in pooled.studies],
        "excluded": [{"study": study, "reason": reason} for study, reason in pooled.excluded],
        "adjusted": [{"study": a.study, "method": a.method, "words": a.words} for a in pooled.adjustments],
        "warnings": list(pooled.warnings),
        "coefficients": [_coefficient(c) for c in pooled.coefficients],
        "qm": clean(pooled.qm),
        "qm_df": [clean(df) for df in pooled.qm_df] if pooled.qm_df else None,
        "qm_p": clean(pooled.qm_p),
        "r2": clean(pooled.r2),
        "subgroups": [_subgroup(s.level, s.result) for s in pooled.subgroups],
    }
    if pooled.between is not None:
        b = pooled.between
        found["between"] = {
            "column": b.column,
            "q": clean(b.q),
            "df": b.df,
            "p_value": clean(b.p),
            "tau2": clean(b.tau2),
            "q_within": clean(b.q_within),
            "q_within_df": b.q_within_df,
            "q_within_p": clean(b.q_within_p),
        }
    return found | dict(pooled.extras)


def _summary(pooled: Pooled) -> Object:
    s = pooled.summary
    return {
        "estimate": clean(s.estimate),
        "se": clean(s.se),
        "ci_lower": clean(s.ci_lower),
        "ci_upper": clean(s.ci_upper),
        "statistic": clean(s.statistic),
        "df": clean(s.df),
        "p_value": clean(s.p_value),
    }


def _pair(pair: tuple[float, float] | None) -> Json:
    return None if pair is None else [clean(end) for end in pair]


def _study(pooled: Pooled, study: StudyResult) -> Object:
    ends = (study.yi, study.ci_lower, study.ci_upper)
    estimate, low, high = (shown(pooled.scale, x) for x in ends)
    return {
        "study": study.study,
        "yi": clean(study.yi),
        "vi": clean(study.vi),
        "weight": clean(study.weight),
        "display": {"estimate": estimate, "ci_lower": low, "ci_upper": high},
        "corrected": study.corrected,
        "counts": {name: clean(value) for name, value in study.counts.items()},
    }


def _coefficient(c: Coefficient) -> Object:
    return {
        "name": c.name,
        "estimate": clean(c.estimate),
        "se": clean(c.se),
        "ci_lower": clean(c.ci_lower),
        "ci_upper": clean(c.ci_upper),
        "statistic": clean(c.statistic),
        "p_value": clean(c.p_value),
    }


def _subgroup(level: str, pooled: Pooled) -> Object:
    return {
        "level": level,
        "k": pooled.k,
        **_summary(pooled),
        "tau2": clean(pooled.tau2),
        "i2": clean(pooled.i2),
        "h2": clean(pooled.h2),
        "q": clean(pooled.q),
        "q_df": pooled.q_df,
        "q_p": clean(pooled.q_p),
        "display": pooled.display,
        "words": pooled.words(),
        "studies": [study.study for study in pooled.studies],
    }
