"""A review's own rule that picks the model by the heterogeneity found: total, logged, and warned about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from reviewflow.domain.pooling import tau2
from reviewflow.domain.pooling.choices import MANTEL_HAENSZEL
from reviewflow.domain.pooling.wording import MODEL_WORDS, p_text, rounded
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reviewflow.domain.effect.columns import Row
    from reviewflow.domain.pooling.result import Pooled

Branch: TypeAlias = Literal["high", "low", "disagree", "single"]
Side: TypeAlias = Literal["high", "low"]

ADVICE = (
    "The model was chosen by a test of heterogeneity, which is not advised: the test has little power with few studies,"
    " and the question asked should decide. Both models are shown."
)
MODELS: Mapping[str, Mapping[str, str]] = {
    "random": {"model": "random"},
    **{f"random:{method}": {"model": "random", "tau2": method} for method in tau2.METHODS},
    "common": {"model": "common"},
    "common:iv": {"model": "common"},
    "common:mh": {"model": "mh"},
    "common:peto": {"model": "peto"},
}
"""Models as rules and plans write them, each with the arguments of `pool` that it means."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a rule decided.

    Attributes:
        model: As the rule writes it: "random", "random:DL", "common:iv", "common:mh", "common:peto".
        branch: Which case of the rule fired.
        words: The decision with its numbers, for the log.
    """

    model: str
    branch: Branch
    words: str

    @property
    def options(self) -> Mapping[str, str]:
        """The arguments of `pool` that this model means."""
        return MODELS[self.model]


@dataclass(frozen=True, slots=True)
class ModelRule:
    """A rule that decides every case of I2 and the p value of Q.

    Attributes:
        name: What the protocol calls it.
        i2_threshold: In per cent.
        p_threshold: Of the test of heterogeneity.
        when_high: Model when I2 is above its threshold and p below its own.
        when_low: Model when neither is.
        when_they_disagree: Model when one is and the other is not.
        at_equality: The side that a value equal to its threshold counts on.
    """

    name: str
    i2_threshold: float = 50.0
    p_threshold: float = 0.10
    when_high: str = "random"
    when_low: str = "common:mh"
    when_they_disagree: str = "random"
    at_equality: Side = "low"

    def __post_init__(self) -> None:
        for model in (self.when_high, self.when_low, self.when_they_disagree):
            if model not in MODELS:
                raise InputError(
                    f"the model rule {self.name!r} names the model {model!r}, which is not known",
                    f"choose one of {', '.join(MODELS)}",
                )
        if not (0 <= self.i2_threshold <= 100 and 0 <= self.p_threshold <= 1):
            raise InputError(
                f"the model rule {self.name!r} has a threshold outside its range",
                "I2 lies between 0 and 100 per cent, p between 0 and 1",
            )
        if self.at_equality not in {"high", "low"}:
            raise InputError(f"at_equality is {self.at_equality!r}", "choose high or low")

    @property
    def is_fixed(self) -> bool:
        """Whether it gives one model, whatever the heterogeneity."""
        return len({self.when_high, self.when_low, self.when_they_disagree}) == 1

    def choose(self, i2: float | None, p: float | None) -> Choice:
        """The model for this heterogeneity, whatever it is.

        Args:
            i2: In per cent; None for a single study.
            p: Of Q; None for a single study.
        """
        if self.is_fixed:
            return Choice(self.when_low, "single" if i2 is None else "low", f"{words_of(self.when_low)}, always")
        if i2 is None or p is None:
            return Choice(self.when_low, "single", f"one study, no heterogeneity to test: {words_of(self.when_low)}")
        high_i2 = i2 > self.i2_threshold or (i2 == self.i2_threshold and self.at_equality == "high")
        high_p = p < self.p_threshold or (p == self.p_threshold and self.at_equality == "high")
        branch: Branch = "disagree" if high_i2 != high_p else ("high" if high_i2 else "low")
        model = {"high": self.when_high, "low": self.when_low, "disagree": self.when_they_disagree}[branch]
        found = f"{self._i2_words(i2)} and {self._p_words(p)}"
        return Choice(model, branch, f"{found} ({branch}): {words_of(model)}")

    def _i2_words(self, i2: float) -> str:
        return f"I2 {rounded(i2, 1)} % {_sign(i2, self.i2_threshold)} {self.i2_threshold:g} %"

    def _p_words(self, p: float) -> str:
        return f"p {p_text(p)} {_sign(p, self.p_threshold)} {self.p_threshold:g}"


def _sign(x: float, threshold: float) -> str:
    if x == threshold:
        return "="
    return ">" if x > threshold else "<"


def words_of(model: str) -> str:
    """A rule's model in the field's words."""
    options = MODELS[model]
    method = f" ({options['tau2']})" if "tau2" in options else ""
    return MODEL_WORDS[options["model"]] + method


RULES: Mapping[str, ModelRule] = {
    "i2-and-p": ModelRule("i2-and-p"),
    "i2-50": ModelRule("i2-50", p_threshold=1.0, when_low="common:iv"),
    "random-always": ModelRule("random-always", when_low="random"),
    "common-always": ModelRule("common-always", 50, 0.1, "common:iv", "common:iv", "common:iv"),
}
"""Rules by name. `i2-and-p` is the reference review's: I2 > 50 % and p < 0.1; its gaps are closed towards random."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """A pooled analysis whose model a rule chose, with the other model beside it.

    Attributes:
        rule: The rule.
        choice: What it decided, and why.
        chosen: The result of that model.
        other: The result of the model that the opposite case would have chosen.
    """

    rule: ModelRule
    choice: Choice
    chosen: Pooled
    other: Pooled


def pool_by_rule(rule: ModelRule, measure: str, rows: Sequence[Row], **options: Any) -> Ruled:  # noqa: ANN401 - the options of `pool`, checked there
    """The studies pooled as the rule wants, by the heterogeneity around the rule's own common effect.

    Args:
        rule: The review's rule.
        measure: As in `pool`.
        rows: As in `pool`.
        **options: Further arguments of `pool`, without model; tau2 only completes a model that names none.
    """
    from reviewflow.domain.pooling import pool  # noqa: PLC0415 - pool is the layer above, which exports this rule too

    def pooled(model: str) -> Pooled:
        # A measure that Mantel-Haenszel cannot pool (a proportion, a mean) has inverse variance as its common effect.
        named = "common:iv" if model == "common:mh" and measure not in MANTEL_HAENSZEL else model
        return pool(measure, rows, **{**options, **MODELS[named]})

    low = pooled(rule.when_low)
    choice = rule.choose(low.i2_from_q, low.q_p)
    chosen = low if choice.model == rule.when_low else pooled(choice.model)
    opposite = rule.when_high if choice.model == rule.when_low else rule.when_low
    note = f"Model rule {rule.name}: {choice.words}."
    advice = () if rule.is_fixed else (ADVICE,)
    warned = replace(chosen, warnings=(*chosen.warnings, note, *advice))
    return Ruled(rule, choice, warned, low if opposite == rule.when_low else pooled(opposite))
