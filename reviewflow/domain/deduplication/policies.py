"""What a protocol decides on reports that some reviews hold to be one: abstract and paper, two editions, a preprint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

APART: Final = "apart"
MERGE: Final = "merge"


def under(
    tables: Mapping[str, Mapping[str, Any]], policies: Mapping[str, str] | None
) -> Mapping[str, Mapping[str, Any]]:
    """The tables of deduplication as a protocol's policies make them; what it does not decide stays apart.

    Args:
        tables: "rules", "words" and "relations".
        policies: Name of a policy to "apart" or "merge".

    Raises:
        InputError: There is no such policy, or a value is neither of the two.
    """
    rules = tables["rules"]
    known = [line["name"] for line in rules.get("policy", ())]
    for name, value in (policies or {}).items():
        if name not in known:
            raise InputError(f"deduplication has no policy {name!r}", f"name one of: {', '.join(known)}")
        if value not in {APART, MERGE}:
            raise InputError(f"the policy {name} cannot be {value!r}", f"write {APART!r} or {MERGE!r}")
    merged = [name for name in known if (policies or {}).get(name) == MERGE]
    return {**tables, "rules": {**rules, "merged": merged}}


def in_force(line: Mapping[str, Any], merged: frozenset[str], *, is_veto: bool) -> bool:
    """Whether a line of the rules holds: a veto while its policy keeps apart, a rule once its policy merges."""
    policy = line.get("policy")
    return policy is None or (policy in merged) is not is_veto
