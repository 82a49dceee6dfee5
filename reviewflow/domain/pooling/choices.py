"""The choices of a pooled analysis: what was asked for, what a preset says, and what is taken when nothing is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from reviewflow.domain.effect import MEASURES, Correct, DoubleZero
from reviewflow.domain.pooling.heterogeneity import PredictionInterval
from reviewflow.domain.pooling.models import Interval
from reviewflow.domain.pooling.tau2 import METHODS, Method
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

Model: TypeAlias = Literal["common", "random", "mh", "peto", "glmm"]
Kept: TypeAlias = Literal["keep", "drop"]

MANTEL_HAENSZEL = ("OR", "RR", "RD", "IRR")
_DROPPED = ("OR", "RR", "IRR")
# What programs do when nothing is said; only where it differs from our own defaults.
PRESETS: dict[str, dict[str, str]] = {
    "revman": {"tau2": "REML", "pi": "hts"},
    "revman5": {"model": "mh", "tau2": "DL", "ci": "z", "double_zero": "drop"},
    "metafor": {"model": "random", "tau2": "REML", "ci": "z", "double_zero": "keep", "pi": "z"},
    "stata": {"model": "mh", "tau2": "DL", "ci": "z", "double_zero": "drop"},
}


@dataclass(frozen=True, slots=True)
class Choices:
    """Every choice of a pooled analysis.

    Attributes:
        measure: One of MEASURES.
        model: Common effect by inverse variance, by Mantel-Haenszel or Peto; random effects; GLMM.
        tau2: Estimator of the between-study variance.
        ci: Interval of the pooled effect; "auto" becomes Knapp-Hartung where k > 2 and tau2 > 0, else Wald.
        correct: Which studies get the continuity correction.
        add: The correction.
        double_zero: What becomes of studies without an event in either arm.
        pi: Kind of prediction interval.
        ratio: A GEN whose y is the log of a ratio.
        like: Preset that the choices were completed from.
        defaulted: The names of what neither the caller nor a preset chose.
    """

    measure: str
    model: Model
    tau2: Method
    ci: Interval
    auto_ci: bool
    correct: Correct
    add: float
    double_zero: Kept
    pi: PredictionInterval
    ratio: bool
    like: str | None
    defaulted: tuple[str, ...]

    @property
    def table(self) -> DoubleZero:
        """How studies without events enter the table of effect sizes: Mantel-Haenszel and Peto count them."""
        if self.model == "glmm":
            return "drop"  # their likelihood is highest at a level of minus infinity: they say nothing of the ratio
        if self.model == "mh" and self.measure == "RD":
            return "keep"  # no event in either arm is a risk difference of 0, and has a weight
        return "blank" if self.model in {"mh", "peto"} else self.double_zero

    @property
    def q_around_mantel_haenszel(self) -> bool:
        """Whether Q, and DL's tau2 with it, is around the Mantel-Haenszel estimate, as RevMan 5 and metan have it."""
        return self.like in {"revman5", "stata"} and self.tau2 == "DL" and self.measure in MANTEL_HAENSZEL

    @property
    def i2_from_q(self) -> bool:
        """Whether I2 is shown from Q also for random effects, as RevMan 5 and metan show it."""
        return self.like in {"revman5", "stata"}

    def named(self) -> Mapping[str, str | float]:
        """The choices that bear on this model, by name."""
        found: dict[str, str | float] = {"measure": self.measure, "model": self.model}
        if self.model == "random":
            found |= {"tau2": self.tau2, "ci": self.ci, "pi": self.pi}
        if self.model not in {"mh", "peto", "glmm"}:
            found |= {"correct": self.correct, "add": self.add, "double_zero": self.double_zero}
        if self.model == "glmm":
            found |= {"glmm": "UM.FS", "quadrature_points": 7}
        return found | ({"like": self.like} if self.like else {})


def choices(
    measure: str,
    *,
    model: str | None = None,
    tau2: str | None = None,
    ci: str | None = None,
    correct: str | None = None,
    add: float | None = None,
    double_zero: str | None = None,
    pi: str | None = None,
    ratio: bool = False,
    like: str | None = None,
) -> Choices:
    """The choices completed from the preset and the defaults.

    Raises:
        UsageError: A choice is not one of those there are, or two do not go together.
    """
    _one_of("measure", measure, MEASURES)
    if like is not None:
        _one_of("preset", like, tuple(PRESETS))
    if model == "fixed":
        model = "common"
    asked = {"model": model, "tau2": tau2, "ci": ci, "correct": correct, "double_zero": double_zero, "pi": pi}
    preset = _fitting(PRESETS[like] if like else {}, measure, ci)
    defaults = {
        "model": "peto" if measure == "PETO" else "random",
        "tau2": "REML",
        "ci": "auto",
        "correct": "only0",
        "double_zero": "drop" if measure in _DROPPED else "keep",
        "pi": "hts",
    }
    said = {name: value for name, value in asked.items() if value is not None}
    full = defaults | preset | said
    for name, allowed in _ALLOWED.items():
        _one_of(name, full[name], allowed)
    made = Choices(
        measure=measure,
        model=full["model"],  # type: ignore[arg-type]  # held to the allowed words just above
        tau2=full["tau2"],  # type: ignore[arg-type]  # as model
        ci="z" if full["ci"] == "auto" else full["ci"],  # type: ignore[arg-type]  # as model
        auto_ci=full["ci"] == "auto" and full["model"] == "random",
        correct=full["correct"],  # type: ignore[arg-type]  # as model
        add=0.5 if add is None else add,
        double_zero=full["double_zero"],  # type: ignore[arg-type]  # as model
        pi=full["pi"],  # type: ignore[arg-type]  # as model
        ratio=ratio,
        like=like,
        defaulted=tuple(name for name in full if name not in said and name not in preset),
    )
    _together(made, ci_asked=ci)
    return made


_ALLOWED: dict[str, tuple[str, ...]] = {
    "model": get_args(Model),
    "tau2": METHODS,
    "ci": ("auto", *get_args(Interval)),
    "correct": get_args(Correct),
    "double_zero": get_args(Kept),
    "pi": get_args(PredictionInterval),
}


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UsageError(f"{name} {value!r} is not known", f"choose one of {', '.join(allowed)}")


def _fitting(preset: Mapping[str, str], measure: str, ci_asked: str | None) -> dict[str, str]:
    """The preset as it is for this measure and interval.

    Inverse variance where Mantel-Haenszel has no such measure; no program drops a risk difference of two empty arms;
    metafor's prediction interval has the quantile of its confidence interval.
    """
    fitting = dict(preset)
    if fitting.get("double_zero") == "drop" and measure not in _DROPPED:
        fitting["double_zero"] = "keep"
    if preset is PRESETS["metafor"] and ci_asked in {"hk", "hk-adhoc"}:
        fitting["pi"] = "t"
    if fitting.get("model") == "mh" and measure not in MANTEL_HAENSZEL:
        fitting["model"] = "common"
    return fitting


def _together(made: Choices, *, ci_asked: str | None) -> None:
    """Refuse what does not go together."""
    if made.model == "mh" and made.measure not in MANTEL_HAENSZEL:
        raise InputError(f"Mantel-Haenszel does not pool {made.measure}", "choose the model common or random")
    if made.model == "peto" and made.measure not in {"OR", "PETO"}:
        raise InputError(f"Peto's method pools odds ratios, not {made.measure}", "choose --measure OR or PETO")
    if ci_asked in {"hk", "hk-adhoc"} and made.model != "random":
        raise UsageError(f"a Knapp-Hartung interval needs random effects, not {made.model}", "choose --model random")
