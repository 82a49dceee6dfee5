"""The protocol's own rule for choosing a model, and what it leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewflow.domain.pooling import RULES, ModelRule
from reviewflow.domain.pooling.rule import words_of
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from reviewflow.domain.protocol import Protocol


def rule_gaps(protocol: Protocol) -> tuple[str, ...]:
    """What the protocol's own model rule leaves open, and what is taken instead; empty for a rule known by name."""
    said = dict(protocol.model_rule)
    if not said or set(said) <= {"name", "note"}:
        return ()
    rule = model_rule(protocol)
    cases = {
        "when_they_disagree": f"which model when I2 and p disagree: {words_of(rule.when_they_disagree)}",
        "at_equality": f"on which side a value at its threshold counts: {rule.at_equality}",
    }
    return tuple(
        f"the model rule {rule.name} leaves open {words} is taken" for key, words in cases.items() if key not in said
    )


def model_rule(protocol: Protocol) -> ModelRule:
    """The protocol's own rule for choosing a model.

    Raises:
        InputError: The table [model_rule] is missing or says what no rule knows.
    """
    said = dict(protocol.model_rule)
    if not said:
        raise InputError(
            'a synthesis has model = "rule", and reviewflow.toml has no [model_rule]',
            f"add one, or take a named one: name = one of {', '.join(RULES)}",
        )
    said.pop("note", None)
    if set(said) == {"name"}:
        if said["name"] in RULES:
            return RULES[said["name"]]
        raise InputError(
            f"no model rule is known by the name {said['name']!r}, and [model_rule] in reviewflow.toml says no more",
            f"one of {', '.join(RULES)}; or give it thresholds and models of its own",
        )
    try:
        return ModelRule(**said)
    except TypeError as error:
        known = ", ".join(ModelRule.__dataclass_fields__)
        raise InputError(f"[model_rule] in reviewflow.toml: {error}", f"its keys are {known}") from error
