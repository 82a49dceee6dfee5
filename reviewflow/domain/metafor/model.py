"""The model in R, and its numbers beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewflow.domain.metafor.language import all_beside, beside, r_text, r_vector
from reviewflow.domain.pooling.regression import CATEGORICAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reviewflow.domain.metafor.frame import Frame
    from reviewflow.domain.pooling import Pooled

TEST = {"z": "z", "hk": "knha", "hk-adhoc": "adhoc"}
"""Our name of an interval -> the test of metafor that gives it."""
_GLMM = {"OR": True, "IRR": True, "PLO": False, "IRLN": False}
_BACK = {
    "PLO": "transf.ilogit",
    "PAS": "transf.iarcsin",
    "ZCOR": "transf.ztor",
}


def tolerance(pooled: Pooled) -> str:
    """How near the numbers must come: a GLMM is climbed by another optimiser, which stops early."""
    return "FOUR" if pooled.model == "glmm" else "EIGHT"


def fitted(pooled: Pooled, frame: Frame, mods: str = "") -> list[str]:
    """The function `fitted`, which fits the model to some studies, and `res`, the fit to all of them."""
    if pooled.model in {"mh", "peto", "glmm"}:
        return [f"fitted <- function(d) {_of_cells(pooled, frame)}", "res <- fitted(dat)"]
    if pooled.choices.q_around_mantel_haenszel and pooled.model == "random" and not mods:
        return _around_mantel_haenszel(pooled, frame)
    choices = pooled.choices
    method = choices.tau2 if pooled.model == "random" else "EE"
    formula = f", mods = {mods}" if mods else ""
    call = f"rma_near(d{formula}, method = {r_text(method)}, test = test)"
    lines = [f'fitted <- function(d, test = "{_test(pooled)}") {{', f"  found <- {call}"]
    if choices.auto_ci and not mods:
        # What we do where no interval is chosen: Knapp and Hartung's, given three studies and some heterogeneity.
        again = call.replace("test = test", 'test = "knha"')
        lines.append(f"  if (found$k > 2 && found$tau2 > 0) found <- {again}")
    return [*lines, "  found", "}", "res <- fitted(dat)"]


def _test(pooled: Pooled) -> str:
    if pooled.choices.auto_ci and not pooled.coefficients:
        return "z"
    return TEST[pooled.choices.ci] if pooled.model == "random" else "z"


def _of_cells(pooled: Pooled, frame: Frame) -> str:
    """The models that are fitted to the counts themselves."""
    cells = ", ".join(f"{cell} = {cell}" for cell in frame.cells)
    measure = r_text(pooled.measure)
    if pooled.model == "peto":
        return f"rma.peto({cells}, data = d)"
    if pooled.model == "mh":
        return f"rma.mh(measure = {measure}, {cells}, data = d)"
    form = ', model = "UM.FS"' if _GLMM.get(pooled.measure) else ""
    # lme4's own optimiser stops short of the maximum: the estimate is then off in the fourth decimal.
    control = 'control = list(glmerCtrl = list(optimizer = "bobyqa", tolPwrss = 1e-12))'
    return f"rma.glmm(measure = {measure}, {cells}, data = d{form}, nAGQ = 7, {control})"


def _around_mantel_haenszel(pooled: Pooled, frame: Frame) -> list[str]:
    """DerSimonian and Laird's tau2 from the Q around the Mantel-Haenszel estimate, as RevMan 5 and metan have it."""
    cells = ", ".join(f"{cell} = {cell}" for cell in frame.cells)
    return [
        "fitted <- function(d) {",
        f"  centre <- c(coef(rma.mh(measure = {r_text(pooled.measure)}, {cells}, data = d)))",
        "  w <- 1 / d$vi",
        "  q <- sum(w * (d$yi - centre)^2)",
        "  tau2 <- max(0, (q - (length(w) - 1)) / (sum(w) - sum(w^2) / sum(w)))",
        f'  found <- rma(yi, vi, data = d, tau2 = tau2, test = "{_test(pooled)}")',
        "  found$QE <- q",
        "  found$QEp <- pchisq(q, length(w) - 1, lower.tail = FALSE)",
        "  found$I2 <- max(0, 100 * (q - (length(w) - 1)) / q)",
        "  found",
        "}",
        "res <- fitted(dat)",
    ]


def numbers(pooled: Pooled) -> list[str]:
    """The numbers of a model without moderators beside R's."""
    s, near = pooled.summary, tolerance(pooled)
    lines = [*beside("k", pooled.k, "res$k")]
    lines += beside("estimate", s.estimate, "res$beta[1]", near)
    lines += beside("se", s.se, "res$se[1]", near)
    lines += beside("ci_lower", s.ci_lower, "res$ci.lb[1]", near)
    lines += beside("ci_upper", s.ci_upper, "res$ci.ub[1]", near)
    lines += beside("statistic", s.statistic, "res$zval[1]", near)
    lines += beside("p_value", s.p_value, "res$pval[1]", "FOUR" if near == "FOUR" else "SIX")
    if pooled.k > 1:
        lines += _heterogeneity(pooled, near)
    if pooled.model in {"common", "random"}:
        lines += all_beside("yi of the studies", [each.yi for each in pooled.studies], "dat$yi")
        lines += all_beside("vi of the studies", [each.vi for each in pooled.studies], "dat$vi")
        lines += all_beside("weights of the studies", [each.weight for each in pooled.studies], "weights(res)")
    return [*lines, *_prediction(pooled), *_shown(pooled, near)]


def _heterogeneity(pooled: Pooled, near: str) -> list[str]:
    lines = beside("tau2", pooled.tau2, "res$tau2", near)
    if pooled.model == "glmm":
        return lines
    lines += beside("q", pooled.q, "res$QE") + beside("q_p", pooled.q_p, "res$QEp", "SIX")
    i2 = pooled.i2_from_q if pooled.choices.i2_from_q else pooled.i2
    if not (pooled.choices.i2_from_q and pooled.model == "random" and not pooled.choices.q_around_mantel_haenszel):
        lines += beside("i2", i2, "res$I2")
    if pooled.tau2_ci is not None and not pooled.choices.q_around_mantel_haenszel:
        ends = 'confint(res, control = controls(dat))$random["tau^2", c("ci.lb", "ci.ub")]'
        lines.append(f"profile <- {ends}")
        lines += beside("tau2_ci lower", pooled.tau2_ci[0], "profile[1]", "SIX")
        lines += beside("tau2_ci upper", pooled.tau2_ci[1], "profile[2]", "SIX")
    return lines


def _prediction(pooled: Pooled) -> list[str]:
    """The prediction interval, written out: metafor 3.8 has none with k - 2 degrees of freedom."""
    if pooled.prediction_interval is None:
        return []
    quantile = {"hts": "qt(.975, res$k - 2)", "t": "qt(.975, res$k - 1)", "z": "qnorm(.975)"}[pooled.choices.pi]
    low, high = pooled.prediction_interval
    return [
        f"half <- {quantile} * sqrt(res$tau2 + res$se[1]^2)",
        *beside("prediction interval lower", low, "res$beta[1] - half"),
        *beside("prediction interval upper", high, "res$beta[1] + half"),
    ]


def _shown(pooled: Pooled, near: str) -> list[str]:
    """The estimate on the scale that people read."""
    shown = pooled.display
    if pooled.estimate is None or shown["estimate"] is None:
        return []
    back = "exp" if pooled.scale.name == "ratio" or pooled.measure == "IRLN" else _BACK.get(pooled.measure)
    targets = ""
    if pooled.measure == "PFT":
        if not all("ni" in each.counts for each in pooled.studies):
            return []
        back, targets = "transf.ipft.hm", ", targs = list(ni = dat$ni)"
    if back is None:
        return []
    lines = [f"shown <- predict(res, transf = {back}{targets})"]
    names = {"estimate": "pred", "ci_lower": "ci.lb", "ci_upper": "ci.ub"}
    return lines + [
        line for ours, r in names.items() for line in beside(f"shown {ours}", shown[ours], f"shown${r}", near)
    ]


def regression_formula(moderators: Sequence[str], levels: Mapping[str, Sequence[str]]) -> str:
    """The moderators as a formula; levels are named in order, the one that the others are compared with first."""
    terms = []
    for moderator in moderators:
        name = moderator.removesuffix(CATEGORICAL)
        if name in levels:
            order = r_vector(r_text(level) for level in levels[name])
            terms.append(f"factor(d[[{r_text(name)}]], levels = {order})")
        else:
            terms.append(f"as.numeric(d[[{r_text(name)}]])")
    return "~ " + " + ".join(terms)


def regression_numbers(pooled: Pooled) -> list[str]:
    """The numbers of a meta-regression beside R's."""
    lines = beside("k", pooled.k, "res$k")
    for i, each in enumerate(pooled.coefficients, 1):
        for ours, r in (("estimate", "beta"), ("se", "se"), ("ci_lower", "ci.lb"), ("ci_upper", "ci.ub")):
            lines += beside(f"{each.name} {ours}", getattr(each, ours), f"res${r}[{i}]")
        lines += beside(f"{each.name} p", each.p_value, f"res$pval[{i}]", "SIX")
    lines += beside("qm", pooled.qm, "res$QM") + beside("qm_p", pooled.qm_p, "res$QMp", "SIX")
    lines += beside("tau2", pooled.tau2, "res$tau2") + beside("i2", pooled.i2, "res$I2")
    lines += beside("q", pooled.q, "res$QE") + beside("q_p", pooled.q_p, "res$QEp", "SIX")
    return lines + beside("r2", pooled.r2, "res$R2")
