"""Named rules and vetoes, read from a table and applied to many pairs at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reviewflow.domain.deduplication.features import NUMBERS, STATES
from reviewflow.domain.deduplication.policies import in_force
from reviewflow.domain.deduplication.titles import DIFFER, SAME, UNKNOWN
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from reviewflow.domain.deduplication.features import Features

STATE_NAMES: Final = {"same": SAME, "differ": DIFFER, "unknown": UNKNOWN}
NO: Final = 0
REVIEW: Final = 1
AUTOMATIC: Final = 2
DECISIONS: Final = ("no", "review", "automatic")


@dataclass(frozen=True, slots=True)
class Condition:
    """What one feature has to be.

    Attributes:
        feature: Its name.
        states: The states allowed, for a feature of states.
        at_least: The least number allowed.
        at_most: The greatest number allowed.
        or_unknown: True where a number that cannot be compared is allowed too.
    """

    feature: str
    states: tuple[int, ...] = ()
    at_least: float = -np.inf
    at_most: float = np.inf
    or_unknown: bool = False

    def holds(self, features: Features) -> NDArray[np.bool_]:
        """Where the condition holds, one truth value for each pair."""
        values = features[self.feature]
        if self.states:
            return np.isin(values, self.states)
        held = (values >= self.at_least) & (values <= self.at_most)
        return held | np.isnan(values) if self.or_unknown else held


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the table: a rule, a veto or a piece of evidence.

    Attributes:
        name: Its name.
        when: Conditions that must all hold.
        unless: Groups of conditions; where all of one group hold, the line does not apply.
        words: What it says of a pair, as part of a sentence.
        outcome: NO or REVIEW: what a veto makes of a pair.
        holds_in_clusters: True for a veto that no two members of a cluster may be under.
        despite: Vetoes that do not stop this rule.
        weight: What a piece of evidence adds to the score, in log odds.
    """

    name: str
    when: tuple[Condition, ...]
    unless: tuple[tuple[Condition, ...], ...] = ()
    words: str = ""
    outcome: int = REVIEW
    holds_in_clusters: bool = False
    despite: tuple[str, ...] = ()
    weight: float = 0.0

    def applies(self, features: Features) -> NDArray[np.bool_]:
        """Where the line applies, one truth value for each pair."""
        held = _all_hold(self.when, features)
        for group in self.unless:
            held &= ~_all_hold(group, features)
        return held


@dataclass(frozen=True, slots=True)
class Rules:
    """The table of rules, ready for use."""

    automatic: tuple[Rule, ...]
    review: tuple[Rule, ...]
    vetoes: tuple[Rule, ...]
    evidence: tuple[Rule, ...]
    intercept: float
    least_score: float

    @property
    def all(self) -> tuple[Rule, ...]:
        """Every rule that can decide, in the order in which Verdicts counts them."""
        return (*self.automatic, *self.review)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the rules say of each pair.

    Attributes:
        decision: NO, REVIEW or AUTOMATIC.
        rule: Place of the deciding rule in automatic + review, -1 where none applied.
        vetoes: One column for each veto, True where it is hit.
        score: Likeness, 0 to 1.
    """

    decision: NDArray[np.int8]
    rule: NDArray[np.int16]
    vetoes: NDArray[np.bool_]
    score: NDArray[np.float64]


def read_rules(table: Mapping[str, Any]) -> Rules:
    """The rules that a table gives.

    Raises:
        InputError: A line lacks its name or conditions, or names a feature, state or veto that does not exist.
    """
    merged = frozenset(table.get("merged", ()))
    try:
        rules = Rules(
            automatic=tuple(read_rule(line) for line in table["automatic"] if in_force(line, merged, is_veto=False)),
            review=tuple(read_rule(line) for line in table["review"]),
            vetoes=tuple(read_rule(line) for line in table["veto"] if in_force(line, merged, is_veto=True)),
            evidence=tuple(read_rule(line) for line in table["evidence"]),
            intercept=float(table["score"]["intercept"]),
            least_score=float(table["score"]["least"]),
        )
    except KeyError as missing:
        raise InputError(
            f"the table of rules for deduplication has no {missing}",
            "compare it with schemas/deduplication/rules.toml",
        ) from missing
    known = {line["name"] for line in table["veto"]}
    for rule in rules.automatic:
        for name in rule.despite:
            if name not in known:
                raise InputError(
                    f'the rule "{rule.name}" stands despite "{name}", which is no veto',
                    f"name one of: {', '.join(sorted(known))}",
                )
    return rules


def judge(features: Features, rules: Rules) -> Verdicts:
    """Decide on each pair: the first automatic rule that no veto stops, else review, else no."""
    n = len(features["title"])
    vetoes = (
        np.stack([veto.applies(features) for veto in rules.vetoes], axis=1)
        if n
        else np.empty((0, len(rules.vetoes)), np.bool_)
    )
    decision = np.zeros(n, np.int8)
    rule = np.full(n, -1, np.int16)
    forbids = np.array([veto.outcome == NO for veto in rules.vetoes])
    for place, line in enumerate(rules.automatic):
        stops = np.array([veto.name not in line.despite for veto in rules.vetoes])
        applies = line.applies(features)
        free = applies & ~(vetoes & stops).any(axis=1) & (decision < AUTOMATIC)
        decision[free], rule[free] = AUTOMATIC, place
        asked = applies & ~(vetoes & stops & forbids).any(axis=1) & (decision < REVIEW)
        decision[asked], rule[asked] = REVIEW, place
    score = _score(features, rules)
    forbidden = (vetoes & forbids).any(axis=1)
    for place, line in enumerate(rules.review, start=len(rules.automatic)):
        asked = line.applies(features) & ~forbidden & (decision < REVIEW) & (score >= rules.least_score)
        decision[asked], rule[asked] = REVIEW, place
    return Verdicts(decision, rule, vetoes, score)


def contradicted(verdicts: Verdicts, rules: Rules) -> NDArray[np.bool_]:
    """Where two records cannot be in one cluster whatever else links them."""
    holds = np.array([veto.holds_in_clusters for veto in rules.vetoes], np.bool_)
    # A rule that stands despite a veto stands inside a cluster too.
    found: NDArray[np.bool_] = (verdicts.vetoes & holds).any(axis=1) & (verdicts.decision != AUTOMATIC)
    return found


def _score(features: Features, rules: Rules) -> NDArray[np.float64]:
    odds: NDArray[np.float64] = np.full(len(features["title"]), rules.intercept)
    for piece in rules.evidence:
        odds += piece.weight * piece.applies(features)
    score: NDArray[np.float64] = np.round(1 / (1 + np.exp(-odds)), 4)
    return score


def _all_hold(conditions: tuple[Condition, ...], features: Features) -> NDArray[np.bool_]:
    held = np.ones(len(features["title"]), np.bool_)
    for condition in conditions:
        held &= condition.holds(features)
    return held


def read_rule(line: Mapping[str, Any]) -> Rule:
    """One line of a table.

    Raises:
        InputError: A condition names a feature or a state that does not exist.
    """
    name = str(line["name"])
    return Rule(
        name=name,
        when=_conditions(name, line["when"]),
        unless=tuple(_conditions(name, group) for group in line.get("unless", ())),
        words=line.get("words", name),
        outcome=NO if line.get("outcome") == "no" else REVIEW,
        holds_in_clusters=line.get("holds_in_clusters", False),
        despite=tuple(line.get("despite", ())),
        weight=float(line.get("weight", 0.0)),
    )


def _conditions(name: str, table: Mapping[str, Any]) -> tuple[Condition, ...]:
    return tuple(_condition(name, feature, wanted) for feature, wanted in table.items())


def _condition(name: str, feature: str, wanted: Any) -> Condition:  # noqa: ANN401 - whatever the table holds is checked here
    if feature in STATES:
        states = [wanted] if isinstance(wanted, str) else wanted
        if isinstance(states, list) and states and all(state in STATE_NAMES for state in states):
            return Condition(feature, states=tuple(STATE_NAMES[state] for state in states))
        raise InputError(f'"{name}": {feature} cannot be {wanted!r}', f"write one or more of: {', '.join(STATE_NAMES)}")
    if feature in NUMBERS:
        if isinstance(wanted, dict) and wanted and wanted.keys() <= {"at_least", "at_most", "or_unknown"}:
            return Condition(feature, **wanted)
        raise InputError(
            f'"{name}": {feature} cannot be {wanted!r}', "write { at_least = 95 } or { at_most = 1, or_unknown = true }"
        )
    raise InputError(f'"{name}": there is no feature {feature}', f"name one of: {', '.join(sorted(STATES | NUMBERS))}")
