"""The result of a pooled analysis: one frozen object from which every table, figure and sentence is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, TypeAlias

from reviewflow.domain.effect import Adjustment, Scale, shown
from reviewflow.domain.pooling.wording import MODEL_WORDS, interval_text, label_of, p_text, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewflow.domain.pooling.choices import Choices

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Pair: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class StudyResult:
    """One study of an analysis.

    Attributes:
        study: What it is called.
        yi: Effect size on the analysis scale; None for a study that counts without one (no event in either arm).
        vi: Its sampling variance.
        weight: In per cent; None where the model has no weights.
        ci_lower: Lower end of the study's own 95 % interval on the analysis scale.
        ci_upper: Upper end.
        counts: What the effect size was made of: ai, n1i, ci, n2i and the like, as reported, or as effective sizes
            where the result's adjustments say so.
        corrected: Whether a continuity correction was added.
        row: Place of the study in the input, from 0.
    """

    study: str
    yi: float | None
    vi: float | None
    weight: float | None
    ci_lower: float | None
    ci_upper: float | None
    counts: Mapping[str, float]
    corrected: bool
    row: int


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient of a meta-regression."""

    name: str
    estimate: float
    se: float
    ci_lower: float
    ci_upper: float
    statistic: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A pooled estimate with its interval on the analysis scale; all None where nothing is estimable."""

    estimate: float | None = None
    se: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    statistic: float | None = None
    df: float | None = None
    p_value: float | None = None


@dataclass(frozen=True, slots=True)
class Pooled:
    """A pooled analysis. Numbers are on the analysis scale (the log of a ratio) unless they are called shown.

    Attributes:
        choices: Every choice that was made, and which of them were defaults.
        scale: The way to the shown scale.
        k: Studies that count; those without an event in either arm count for Mantel-Haenszel and Peto.
        summary: The pooled estimate.
        tau2: Between-study variance; None for a common effect.
        tau2_ci: Its 95 % Q-profile interval.
        i2: In per cent, from tau2; from Q for a common effect.
        i2_from_q: In per cent, from Q.
        h2: Total variance over the sampling variance.
        q: Cochran's Q with q_df and q_p.
        prediction_interval: Of a further study's effect.
        studies: One for each study, in the order of the input.
        excluded: (study, reason) of the rows that are not in the analysis.
        warnings: What a reader must know, one sentence each.
        adjustments: What was done to the numbers of a study before pooling: continuity corrections, design effects.
        i2_ci: 95 % interval of i2 that follows from that of tau2; h2_ci of h2.
        coefficients: Of a meta-regression, else empty.
        qm: Test of all moderators: chi-squared, or F with Knapp-Hartung intervals; qm_df, qm_p.
        r2: Share of tau2 that the moderators explain, in per cent.
        subgroups: Results of each level, then of the test between them.
        extras: Further blocks by their name in the JSON: leave_one_out, cumulative, influence, small_study, ...
    """

    choices: Choices
    scale: Scale
    k: int
    summary: Summary
    tau2: float | None = None
    tau2_ci: Pair | None = None
    i2: float | None = None
    i2_from_q: float | None = None
    h2: float | None = None
    q: float | None = None
    q_df: int | None = None
    q_p: float | None = None
    prediction_interval: Pair | None = None
    studies: tuple[StudyResult, ...] = ()
    excluded: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    coefficients: tuple[Coefficient, ...] = ()
    qm: float | None = None
    qm_df: tuple[float, float | None] | None = None
    qm_p: float | None = None
    r2: float | None = None
    subgroups: tuple[Subgroup, ...] = ()
    between: Between | None = None
    extras: Mapping[str, Json] = field(default_factory=dict)
    adjustments: tuple[Adjustment, ...] = ()
    i2_ci: Pair | None = None
    h2_ci: Pair | None = None

    @property
    def measure(self) -> str:
        """The effect measure."""
        return self.choices.measure

    @property
    def model(self) -> str:
        """The model: common, mh, peto, random or glmm."""
        return self.choices.model

    @property
    def estimate(self) -> float | None:
        """The pooled effect on the analysis scale; None where nothing is estimable."""
        return self.summary.estimate

    @property
    def display(self) -> dict[str, Json]:
        """The pooled effect on the scale people read."""
        interval: Json = None
        # A prediction interval of double arcsines has no meaning as proportions: there is no n to take it back at.
        if self.prediction_interval is not None and self.measure != "PFT":
            interval = [shown(self.scale, end) for end in self.prediction_interval]
        return {
            "estimate": shown(self.scale, self.summary.estimate),
            "ci_lower": shown(self.scale, self.summary.ci_lower),
            "ci_upper": shown(self.scale, self.summary.ci_upper),
            "prediction_interval": interval,
            "scale": self.scale.name,
        }

    @property
    def model_words(self) -> str:
        """The model in the field's words, its method named: "random effects (REML)"."""
        words = MODEL_WORDS[self.model]
        if self.model != "random":
            return words
        interval = {"z": "", "hk": ", Knapp-Hartung", "hk-adhoc": ", Knapp-Hartung ad hoc"}[self.choices.ci]
        return f"{words} ({self.choices.tau2}{interval})"

    def text(self, decimals: int = 2) -> str:
        """The estimate with its interval: "3.24 [1.96, 5.35]"."""
        if self.summary.estimate is None:
            return "not estimable"
        low, high = shown(self.scale, self.summary.ci_lower), shown(self.scale, self.summary.ci_upper)
        estimate = rounded(shown(self.scale, self.summary.estimate), decimals)
        return f"{estimate} {interval_text(low, high, decimals)}"

    def words(self, decimals: int = 2) -> str:
        """One line: "OR 3.24 [1.96, 5.35], common effect (Mantel-Haenszel), I2 0.0 %, p 0.932, k = 2".

        The p value is that of Q, the test of heterogeneity; it and I2 are left out for a single study. A
        meta-regression names its moderators and their test in place of an estimate.
        """
        label = label_of(self.measure, ratio=self.scale.is_ratio)
        parts = [f"{label} {self._regression_words() if self.coefficients else self.text(decimals)}", self.model_words]
        if self.i2 is not None:
            p = p_text(self.q_p)
            parts += [f"I2 {rounded(self.i2, 1)} %", f"p {p}"]
        return ", ".join([*parts, f"k = {self.k}"])

    def _regression_words(self) -> str:
        """What stands for the estimate of a meta-regression: "by ablat (QM 16.36, p <0.001)"."""
        names = ", ".join(c.name for c in self.coefficients[1:])
        return f"by {names} (QM {rounded(self.qm)}, p {p_text(self.qm_p)})"

    def to_json(self) -> dict[str, Json]:
        """The JSON object of the command line: numbers to full precision, null where there is none, never NaN."""
        from reviewflow.domain.pooling.rendering import to_json  # noqa: PLC0415 - a result need not be printed

        return to_json(self)


@dataclass(frozen=True, slots=True)
class Subgroup:
    """One level of a subgroup analysis."""

    level: str
    result: Pooled


@dataclass(frozen=True, slots=True)
class Between:
    """The test of differences between subgroups.

    Attributes:
        column: What the studies were grouped by.
        q: Weighted sum of squares of the subgroups' estimates.
        df: Its degrees of freedom.
        p: Its upper tail.
        tau2: The between-study variance that all subgroups share; None where each has its own.
        q_within: Sum of the subgroups' Q, with q_within_df and q_within_p.
    """

    column: str
    q: float
    df: int
    p: float
    tau2: float | None = None
    q_within: float | None = None
    q_within_df: int | None = None
    q_within_p: float | None = None


def clean(x: float | None) -> float | None:
    """The number, or None where it is not finite: JSON has no NaN."""
    return float(x) if x is not None and isfinite(x) else None
