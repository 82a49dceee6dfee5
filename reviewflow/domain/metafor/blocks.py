"""Further blocks of an analysis in R: subgroups, leave-one-out, small-study tests, trim and fill, influence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reviewflow.domain.metafor.language import all_beside, beside, column, r_text, r_vector
from reviewflow.domain.metafor.model import TEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reviewflow.domain.pooling import Pooled

_COUNTS = [
    "a <- dat$ai; b <- if (is.null(dat$bi)) dat$n1i - dat$ai else dat$bi",
    "c <- dat$ci; d <- if (is.null(dat$di)) dat$n2i - dat$ci else dat$di",
    "n1 <- a + b; n2 <- c + d; e <- a + c; n <- n1 + n2",
]


def subgroups(pooled: Pooled, by: str) -> list[str]:
    """Each level pooled by itself, and the test between them."""
    between = pooled.between
    levels = f'ifelse(is.na({column(by)}) | {column(by)} == "", "not given", as.character({column(by)}))'
    lines = [f"dat$level_ <- {levels}"]
    refit = "fitted(one)"
    if between is not None and between.tau2 is not None:
        method = r_text(pooled.choices.tau2)
        lines += [
            f"shared <- rma_near(dat, mods = ~ factor(dat$level_) - 1, method = {method})$tau2",
            *beside("tau2 that the subgroups share", between.tau2, "shared"),
        ]
        # Where no interval was chosen each subgroup has the one that its own k and the shared tau2 call for.
        test = f'"{TEST[pooled.choices.ci]}"'
        if pooled.choices.auto_ci:
            test = 'if (nrow(one) > 2 && shared > 0) "knha" else "z"'
        refit = f"rma(yi, vi, data = one, tau2 = shared, test = {test})"
    lines.append("estimates <- weights_ <- numeric(0)")
    for each in pooled.subgroups:
        result = each.result
        lines += [f"one <- dat[dat$level_ == {r_text(each.level)}, ]", f"part <- {refit}"]
        lines += beside(f"{each.level}: estimate", result.summary.estimate, "part$beta[1]")
        lines += beside(f"{each.level}: se", result.summary.se, "part$se[1]")
        if result.k > 1:
            lines += beside(f"{each.level}: tau2", result.tau2, "part$tau2")
        lines.append("estimates <- c(estimates, part$beta[1]); weights_ <- c(weights_, 1 / part$se[1]^2)")
    if between is not None:
        lines += [
            "usable <- is.finite(estimates) & is.finite(weights_)",
            "estimates <- estimates[usable]; weights_ <- weights_[usable]",
            "centre <- sum(weights_ * estimates) / sum(weights_)",
        ]
        lines += beside("between subgroups: q", between.q, "sum(weights_ * (estimates - centre)^2)")
        q_p = "pchisq(sum(weights_ * (estimates - centre)^2), length(estimates) - 1, lower.tail = FALSE)"
        lines += beside("between subgroups: p", between.p, q_p, "SIX")
    return lines


def extras(pooled: Pooled, turns: Sequence[int]) -> list[str]:
    """The blocks that were asked for, each in R beside ours.

    Args:
        pooled: The result.
        turns: Places of the studies in the order in which cumulative pooling adds them.
    """
    found: Mapping[str, Any] = pooled.extras
    lines: list[str] = []
    if found.get("leave_one_out"):
        lines += _refits("leave one out", found["leave_one_out"], "dat[-i, ]", "seq_len(nrow(dat))")
    if found.get("cumulative"):
        # The order is ours: texts are sorted in R by the habits of the place where it runs.
        lines.append(f"turn <- {r_vector(str(1 + place) for place in turns)}")
        lines += _refits("cumulative", found["cumulative"], "dat[turn[seq_len(i)], ]", "seq_along(turn)")
    if found.get("influence"):
        lines += _influence(found["influence"])
    for name, test in found.get("small_study", {}).items():
        lines += _small_study(name, test, pooled)
    for name, filled in found.get("trim_and_fill", {}).items():
        lines += _trim_and_fill(name, filled, pooled)
    return lines


def _refits(name: str, rows: list[Mapping[str, Any]], chosen: str, over: str) -> list[str]:
    return [
        f"again <- lapply({over}, function(i) fitted({chosen}))",
        *all_beside(f"{name}: estimate", [r.get("estimate") for r in rows], "sapply(again, function(f) f$beta[1])"),
        *all_beside(f"{name}: se", [r.get("se") for r in rows], "sapply(again, function(f) f$se[1])"),
    ]


def _influence(rows: list[Mapping[str, Any]]) -> list[str]:
    names = {
        "rstudent": "rstudent", "dffits": "dffits", "cook_d": "cook.d", "cov_r": "cov.r", "tau2_without": "tau2.del",
        "hat": "hat",
    }  # fmt: skip
    lines = ["moved <- influence(res)$inf"]
    for ours, r in names.items():
        lines += all_beside(f"influence: {ours}", [row.get(ours) for row in rows], f"moved${r}")
    return lines


def _small_study(name: str, test: Mapping[str, Any], pooled: Pooled) -> Iterator[str]:
    """A small-study test; harbord, peters and macaskill are written out, metafor has none of them."""
    if name == "fail_safe":
        yield from beside("fail-safe N (Rosenthal)", test["rosenthal"], "fsn(yi, vi, data = dat)$fsnum")
        return
    if test.get("p_value") is None:
        return
    if name == "begg":
        yield "ranks <- ranktest(dat$yi, dat$vi)"
        yield from beside("begg: tau", test["tau"], "ranks$tau")
        yield from beside("begg: p", test["p_value"], "ranks$pval", "SIX")
        return
    method = r_text(pooled.choices.tau2 if pooled.model == "random" else "REML")
    # The regression of the mixed form has its own tau2, by the estimator of the analysis, and is tested by z.
    made = {
        "egger": ["t_and_p <- slope(lm(dat$yi ~ sqrt(dat$vi), weights = 1 / dat$vi))"],
        "egger_mixed": [
            f"mixed <- rma_near(dat, mods = ~ sqrt(dat$vi), method = {method})",
            "t_and_p <- c(mixed$zval[2], mixed$pval[2])",
        ],
        "harbord": [
            *_COUNTS,
            "Z <- a - n1 * e / n; V <- n1 * n2 * e * (n - e) / (n^2 * (n - 1)); used <- V > 0",
            "t_and_p <- slope(lm((Z / V)[used] ~ I(1 / sqrt(V))[used], weights = V[used]))",
        ],
        "peters": [
            *_COUNTS,
            'odds <- escalc(measure = "OR", ai = a, bi = b, ci = c, di = d); used <- e > 0 & e < n',
            "t_and_p <- slope(lm(odds$yi[used] ~ I(1 / n)[used], weights = (1 / (1 / e + 1 / (n - e)))[used]))",
        ],
        "macaskill": [
            "n <- if (!is.null(dat$ni)) dat$ni else if (!is.null(dat$n1i)) dat$n1i + dat$n2i else NULL",
            "if (is.null(n)) n <- dat$ai + dat$bi + dat$ci + dat$di",
            "t_and_p <- slope(lm(dat$yi ~ n, weights = 1 / dat$vi))",
        ],
    }  # fmt: skip
    yield from made.get(name, [])
    if name in made:
        yield from beside(f"{name}: statistic", test["statistic"], "t_and_p[1]")
        yield from beside(f"{name}: p", test["p_value"], "t_and_p[2]", "SIX")


def _trim_and_fill(name: str, filled: Mapping[str, Any], pooled: Pooled) -> list[str]:
    """Trim and fill: metafor finds how many are missing and where; the fits are made anew, as near as ours.

    trimfill itself refits at metafor's default threshold, whatever the fit was made at.
    """
    if filled.get("k0") is None:
        return []
    method = r_text(pooled.choices.tau2 if pooled.model == "random" else "EE")
    return [
        f"filled <- trimfill(res, estimator = {r_text(name)})",
        *beside(f"trim and fill {name}: k0", filled["k0"], "filled$k0"),
        'sign_ <- if (filled$side == "right") -1 else 1',
        "turned <- order(sign_ * dat$yi)",
        "gone <- tail(turned, filled$k0); kept <- setdiff(turned, gone)",
        f"centre <- rma_near(dat[kept, ], method = {method})$beta[1]",
        "both <- data.frame(yi = c(dat$yi, 2 * centre - dat$yi[gone]), vi = c(dat$vi, dat$vi[gone]))",
        f"whole <- rma_near(both, method = {method})",
        *beside(f"trim and fill {name}: estimate", filled["estimate"], "whole$beta[1]"),
        *beside(f"trim and fill {name}: se", filled["se"], "whole$se[1]"),
    ]
