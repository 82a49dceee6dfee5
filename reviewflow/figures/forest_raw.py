"""The columns of a forest plot that show what the studies report: events and totals, means and SDs."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from reviewflow.domain.pooling.wording import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reviewflow.domain.pooling import Pooled, StudyResult
    from reviewflow.figures.forest_layouts import Outcome, Raw

Cells: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A way in which studies report.

    Attributes:
        arms: For each arm the names of its counts, the total last.
        joined: How an arm reads in one column.
        head: What heads it.
        heads: What heads the columns when each count has its own.
    """

    arms: tuple[Cells, ...]
    joined: str
    head: str
    heads: Cells


_FORMS: Final = (
    Form((("ai", "n1i"), ("ci", "n2i")), "{}/{}", "n/N", ("Events", "Total")),
    Form((("x1i", "t1i"), ("x2i", "t2i")), "{}/{}", "events/time", ("Events", "Time")),
    Form((("m1i", "sd1i", "n1i"), ("m2i", "sd2i", "n2i")), "{} ({}), {}", "mean (SD), n", ("Mean", "SD", "Total")),
    Form((("xi", "ni"),), "{}/{}", "Events/\ntotal", ("Events", "Total")),
    Form((("xi", "ti"),), "{}/{}", "Events/\ntime", ("Events", "Time")),
    Form((("ni",),), "{}", "n", ("Total",)),
)
_OVER: Final = {"n/N": "No. of events/total", "events/time": "Events/time", "mean (SD), n": "Mean (SD), No."}


@dataclass(frozen=True, slots=True)
class RawColumns:
    """The raw columns of a plot.

    Attributes:
        form: What the studies report; None for effects with their variances.
        raw: Joined or split.
        heads: Head of each column.
        overs: What stands over the heads; "" for nothing. The same text beside itself is written once.
    """

    form: Form | None
    raw: Raw
    heads: Cells
    overs: Cells

    def cells(self, study: StudyResult) -> Cells:
        """What a study reports."""
        if self.form is None:
            spread = None if study.vi is None else sqrt(study.vi)
            return (rounded(study.yi, 3), rounded(spread, 3)) if self.heads else ()
        return self._cells(study.counts)

    def totals(self, studies: Sequence[StudyResult], rows: Literal["all", "totals", "events"]) -> Cells:
        """The sums of the counts where sums mean something: of all, only of the totals, or only of the events."""
        if self.form is None:
            return ("",) * len(self.heads)
        sums: dict[str, float] = {}
        for study in studies:
            for name, value in study.counts.items():
                sums[name] = sums.get(name, 0.0) + value
        if self.raw != "split":
            return tuple(self._joined_total(arm, sums) for arm in self.form.arms)
        return tuple(text for arm in self.form.arms for text in _split_totals(arm, sums, rows))

    @property
    def has_events(self) -> bool:
        """Whether there are events to sum up."""
        return self.form is not None and len(self.form.arms[0]) == 2

    def _cells(self, counts: Mapping[str, float]) -> Cells:
        if self.form is None:
            return ()
        if self.raw == "split":
            return tuple(count_text(counts.get(name)) for arm in self.form.arms for name in arm)
        joined = self.form.joined
        return tuple(joined.format(*(count_text(counts.get(name)) for name in arm)) for arm in self.form.arms)

    def _joined_total(self, arm: Cells, sums: Mapping[str, float]) -> str:
        if self.form is None or len(arm) == 3:
            return count_text(sums.get(arm[-1]))
        return self.form.joined.format(*(count_text(sums.get(name)) for name in arm))


def _split_totals(arm: Cells, sums: Mapping[str, float], rows: str) -> Cells:
    blank = ("",) * (len(arm) - 2)
    total, events = count_text(sums.get(arm[-1])), count_text(sums.get(arm[0]))
    if len(arm) == 1:
        return (total,)
    first = events if len(arm) == 2 and rows != "totals" else ""
    return (first, *blank, "" if rows == "events" else total)


def count_text(value: float | None) -> str:
    """A count, a time, a mean: whole numbers whole, others as they were given, to at most six figures."""
    if value is None:
        return ""
    return f"{value:.0f}" if value == round(value) and abs(value) < 1e15 else f"{value:.6g}"


def form_of(pooled: Pooled) -> Form | None:
    """What these studies report."""
    counts: Mapping[str, float] = pooled.studies[0].counts if pooled.studies else {}
    return next((form for form in _FORMS if all(name in counts for arm in form.arms for name in arm)), None)


def outcome_of(pooled: Pooled) -> Outcome:
    """The kind of outcome, by which a layout may colour."""
    form = form_of(pooled)
    if form is None:
        return "generic"
    return "means" if "m1i" in form.arms[0] else "counts"


def raw_columns(pooled: Pooled, raw: Raw, arms: tuple[str, str], label: str) -> RawColumns:
    """The raw columns of a result.

    Args:
        pooled: Of `pool`.
        raw: How they are laid out.
        arms: Names of the two arms.
        label: What the effect is called: "OR".
    """
    form = form_of(pooled)
    if form is None:
        scale = f"log {label}" if pooled.scale.is_ratio else label[0].upper() + label[1:]
        heads: Cells = (scale, "SE") if raw == "split" else ()
        return RawColumns(None, raw, heads, ("",) * len(heads))
    two = len(form.arms) == 2
    if raw == "split":
        overs = arms if two else ("",)
        return RawColumns(form, raw, form.heads * len(form.arms), tuple(o for o in overs for _ in form.heads))
    if not two:
        return RawColumns(form, raw, (form.head,), ("",))
    if raw == "over":
        return RawColumns(form, raw, arms, (_OVER[form.head],) * 2)
    return RawColumns(form, raw, tuple(f"{arm}\n{form.head}" for arm in arms), ("", ""))
