"""The whole script: it reads its table, fits the model anew, and prints its numbers beside ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewflow.domain.metafor import blocks, model
from reviewflow.domain.metafor.frame import Frame, frame
from reviewflow.domain.metafor.language import r_text, r_vector
from reviewflow.domain.pooling.influence import order_by
from reviewflow.domain.pooling.regression import CATEGORICAL
from reviewflow.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reviewflow.domain.effect.columns import Row
    from reviewflow.domain.pooling import Pooled


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of an analysis beyond its model; the names of columns."""

    study: str | None = None
    moderators: tuple[str, ...] = ()
    subgroup: str | None = None
    cumulative: str | None = None


@dataclass(frozen=True, slots=True)
class RScript:
    """A script and the table that it reads, header first."""

    text: str
    table: tuple[tuple[str, ...], ...]


_TOP = """\
# {title}
# {words}
# Written by reviewflow {version}. Needs R with metafor 3.8 or later{lme4}.
# Rscript {script}   prints every number of ours beside R's; the exit status is 0 when all agree, else 1.
suppressPackageStartupMessages(library(metafor))

EIGHT <- 1e-8  # relative: both programs search to convergence
SIX <- 1e-6    # tails and ends of intervals that are found by a search
FOUR <- 1e-4   # a GLMM: quadrature, climbed by another optimiser

compared <- list()
beside <- function(name, ours, r, near) {{
  r <- as.numeric(r)[1]
  off <- abs(ours - r)
  agrees <- is.finite(r) && off <= near * max(abs(r), 1e-3)
  compared[[length(compared) + 1]] <<- data.frame(number = name, ours = ours, R = r, difference = off, agrees = agrees)
}}
all_beside <- function(name, ours, r, near) {{
  r <- as.numeric(r)
  if (length(r) != length(ours)) return(beside(paste(name, "(how many)"), length(ours), length(r), near))
  known <- which(is.finite(ours))
  worst <- known[which.max(abs(ours[known] - r[known]) / pmax(abs(r[known]), 1e-3))]
  if (length(worst) == 0) worst <- known[1]
  beside(name, ours[worst], r[worst], near)
}}
slope <- function(line) summary(line)$coefficients[2, 3:4]
# metafor stops at 1e-5 by default, whatever the scale: on risk differences tau2 is then 13 % off. Its search for
# intervals of tau2 ends at 100, which cuts some of them.
controls <- function(d, near = 1e-13) {{
  unit <- median(d$vi)
  far <- max(100, 1e5 * (max(d$vi) + if (nrow(d) > 1) var(d$yi) else 0))
  list(threshold = near * unit, maxiter = 100000, tol = near * unit / 10, tau2.max = far)
}}
# Fisher scoring that cannot end within the rounding of its numbers is allowed to end a little earlier.
rma_near <- function(d, ...) {{
  for (near in 10^-(13:10)) {{
    found <- tryCatch(do.call(rma, list(d$yi, d$vi, control = controls(d, near), ...)), error = function(e) e)
    if (!inherits(found, "error")) return(found)
  }}
  stop(found)
}}

here <- gsub("~+~", " ", sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)), fixed = TRUE)
folder <- if (length(here)) dirname(here[1]) else "."
dat <- read.csv(
  file.path(folder, {csv}), check.names = FALSE, encoding = "UTF-8", na.strings = "", colClasses = {texts}
)
dat[] <- lapply(dat, function(x) if (is.integer(x)) as.numeric(x) else x)  # integers of R overflow
"""

_END = """\

compared <- do.call(rbind, compared)
options(width = 200)
print(format(compared, digits = 10), row.names = FALSE, right = FALSE)
cat(sum(compared$agrees), "of", nrow(compared), "numbers agree\\n")
if (!interactive()) quit(status = if (all(compared$agrees)) 0 else 1)
"""


def r_script(pooled: Pooled, rows: Sequence[Row], asked: Asked, *, title: str, stem: str, version: str) -> RScript:
    """The script of an analysis, with its table.

    Args:
        pooled: The result.
        rows: The rows that it was made from.
        asked: What was asked beyond the model.
        title: What the script is called in its first line.
        stem: Name of the script without its ending; the table is STEM-data.csv.
        version: Of this program.

    Raises:
        StateError: Nothing was estimable, so there is nothing to reproduce.
    """
    if pooled.estimate is None and not pooled.coefficients:
        raise StateError(
            "nothing is estimable in this analysis, so there is no number to reproduce", "look at the data"
        )
    names = [name.removesuffix(CATEGORICAL) for name in asked.moderators]
    further = list(dict.fromkeys([*names, *filter(None, (asked.subgroup,))]))
    made = frame(pooled, rows, asked.study, further)
    top = _TOP.format(
        title=_one_line(title),
        words=_one_line(pooled.words()),
        version=version,
        lme4=" and lme4" if pooled.model == "glmm" else "",
        script=f"{stem}.R",
        csv=r_text(f"{stem}-data.csv"),
        texts=r_vector(f'{r_text(name)} = "character"' for name in ["study", *_groups(asked)]),
    )
    body = "\n".join(_body(pooled, rows, asked, made))
    return RScript(f"{top}{body}\n{_END}", (made.header, *made.rows))


def _groups(asked: Asked) -> list[str]:
    """The columns whose values are levels, also where they look like numbers."""
    levels = [name.removesuffix(CATEGORICAL) for name in asked.moderators if name.endswith(CATEGORICAL)]
    return list(dict.fromkeys([*levels, *filter(None, (asked.subgroup,))]))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _body(pooled: Pooled, rows: Sequence[Row], asked: Asked, made: Frame) -> list[str]:
    lines = list(made.made)
    if pooled.model in {"common", "random"}:
        lines.append("dat <- dat[is.finite(dat$yi) & is.finite(dat$vi), ]")
    if pooled.coefficients:
        formula = model.regression_formula(asked.moderators, _levels(pooled, rows, asked))
        lines += model.fitted(pooled, made, formula) + model.regression_numbers(pooled)
    else:
        lines += model.fitted(pooled, made) + model.numbers(pooled)
    if asked.subgroup is not None:
        lines += blocks.subgroups(pooled, asked.subgroup)
    if not pooled.coefficients:
        by = asked.cumulative
        turns = [] if by is None else order_by([rows[each.row] for each in pooled.studies], by)
        lines += blocks.extras(pooled, turns)
    return lines


def _levels(pooled: Pooled, rows: Sequence[Row], asked: Asked) -> Mapping[str, Sequence[str]]:
    """Moderator -> its levels, the one that the others are compared with first."""
    references = pooled.extras.get("references")
    if not isinstance(references, dict):
        return {}
    found = {}
    for moderator in asked.moderators:
        name = moderator.removesuffix(CATEGORICAL)
        if name in references:
            first = str(references[name])
            every = {str(rows[each.row].get(name)).strip() for each in pooled.studies}
            found[name] = [first, *sorted(every - {first})]
    return found
