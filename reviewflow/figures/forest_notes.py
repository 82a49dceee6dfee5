"""The lines of a forest plot that are words: heterogeneity, the test of the effect, differences of subgroups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reviewflow.domain.effect import shown
from reviewflow.domain.pooling.wording import label_of, p_text, rounded

if TYPE_CHECKING:
    from reviewflow.domain.effect import Scale
    from reviewflow.domain.pooling import Pooled
    from reviewflow.figures.forest_layouts import ForestLayout

_NAMES: Final = {
    "OR": "Odds ratio",
    "PETO": "Peto odds ratio",
    "RR": "Risk ratio",
    "RD": "Risk difference",
    "HR": "Hazard ratio",
    "MD": "Mean difference",
    "SMD": "Std. mean difference",
    "ROM": "Ratio of means",
    "IRR": "Rate ratio",
}
_METHODS: Final = {
    "common": "IV, common",
    "mh": "M-H, common",
    "peto": "Peto, common",
    "random": "IV, random",
    "glmm": "GLMM, random",
}


def heads(pooled: Pooled, template: str) -> str:
    """A head of a layout for this result."""
    label = label_of(pooled.measure, ratio=pooled.scale.is_ratio)
    upper = label[0].upper() + label[1:]
    model = pooled.model_words[0].upper() + pooled.model_words[1:]
    return template.format(
        label=upper, name=_NAMES.get(pooled.measure, upper), method=_METHODS[pooled.model], model=model
    )


def heterogeneity_text(pooled: Pooled, layout: ForestLayout, *, brief: bool = False) -> str:
    """The line under a diamond: tau2 only where the model has one, and its interval unless in brief."""
    if pooled.q is None or not pooled.q_df:
        return "Heterogeneity: not estimable with one study" if pooled.k == 1 else "Heterogeneity: not estimable"
    interval = "" if brief or pooled.tau2_ci is None else f" [{', '.join(tau2_text(t) for t in pooled.tau2_ci)}]"
    known = {
        "q": {"q": rounded(pooled.q), "df": pooled.q_df, "p": p_words(pooled.q_p, layout)},
        "i2": None if pooled.i2 is None else {"i2": rounded(pooled.i2, layout.i2_decimals)},
        "tau2": None if pooled.tau2 is None else {"tau2": tau2_text(pooled.tau2), "ci": interval},
    }
    parts = [template.format(**values) for name, template in layout.words.tests if (values := known[name]) is not None]
    return f"Heterogeneity: {'; '.join(parts)}"


def overall_text(pooled: Pooled, layout: ForestLayout) -> str:
    """The test of the pooled effect; "" where nothing was tested."""
    s = pooled.summary
    # A proportion or a rate has no value of no effect that could be tested.
    if s.statistic is None or pooled.scale.null is None:
        return ""
    name = "z" if s.df is None else f"t({s.df:g})"
    return layout.words.overall.format(statistic=f"{name} = {rounded(s.statistic)}", p=p_words(s.p_value, layout))


def footnotes(pooled: Pooled, layout: ForestLayout) -> list[str]:
    """The lines under the plot: heterogeneity, overall effect, subgroup differences."""
    lines = [heterogeneity_text(pooled, layout), overall_text(pooled, layout)]
    if pooled.between is not None:
        b = pooled.between
        template = layout.words.between
        lines.append(template.format(column=b.column, q=rounded(b.q), df=b.df, p=p_words(b.p, layout)))
    return [line for line in lines if line]


def p_words(p: float | None, layout: ForestLayout) -> str:
    """A p value with its sign: "= 0.932", "<0.001"."""
    text = p_text(p)
    sign, number = ("<", text[1:]) if text.startswith("<") else ("= ", text)
    return sign + (number if layout.p_zero else number.removeprefix("0"))


def tau2_text(tau2: float) -> str:
    """A variance to three figures, in plain decimals where they are short."""
    if tau2 == 0:
        return "0"
    return rounded(tau2, 2) if 0.1 <= tau2 < 10_000 else f"{tau2:.2g}"


def effect_text(
    scale: Scale, values: tuple[float | None, float | None, float | None], layout: ForestLayout, decimals: int
) -> str:
    """An estimate with its interval on the scale people read: "0.49 [0.34, 0.70]"."""
    estimate, low, high = (shown(scale, value) for value in values)
    if estimate is None:
        return "not estimable"
    return f"{rounded(estimate, decimals)}{interval_text(low, high, layout, decimals)}"


def interval_text(low: float | None, high: float | None, layout: ForestLayout, decimals: int) -> str:
    """An interval as a layout writes it, a blank before it."""
    first, between, last, where_negative = layout.brackets
    ends = [rounded(end, decimals) for end in (low, high)]
    if any(end.startswith("-") for end in ends):
        between = where_negative
    return f"{first}{between.join(ends)}{last}"
