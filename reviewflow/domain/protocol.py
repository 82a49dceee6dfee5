"""The protocol of a review: its question, criteria, team, sources, screening rules and planned syntheses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reviewflow.domain.screening import Role, Rule, Stage, named_rule
from reviewflow.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Criterion:
    """One inclusion or exclusion rule."""

    id: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for exclusion at full text. Reasons are ordered: the first that applies is the primary one."""

    id: str
    label: str
    criterion: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the team and what that person does."""

    name: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class PlannedSource:
    """A source that the protocol says will be searched."""

    name: str
    kind: str = "database"
    platform: str = ""
    strategy: str = ""
    fields: str = ""
    limits: str = ""
    date: str = ""
    n_expected: int | None = None
    export: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """A pooled result as a published review prints it, to be held against the computed one."""

    where: str = ""
    label: str = ""
    estimate: str = ""
    ci_lower: str = ""
    ci_upper: str = ""
    i2: str = ""
    p: str = ""
    n_participants: int | None = None
    n_events: int | None = None
    n_studies: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlannedSynthesis:
    """A pooling declared before the data.

    Attributes:
        arms: "experimental vs control", or "experimental" for a single-arm pool, which arms of trials may enter.
        design: "RCT", "single-arm" or "any".
        model: "rule" for the protocol's model rule, or a model by name.
        override: A model used in the rule's stead; needs a reason.
        studies: Labels of the studies it is for; empty for all that match.
        risk_of_bias: Forms whose overall judgement it is repeated by: without high risk, and low risk alone.
        swim: Whether directions, the sign test and combined p values stand beside it.
    """

    name: str
    endpoint: str
    measure: str
    timepoints: tuple[str, ...] = ()
    design: str = "any"
    arms: str = "experimental vs control"
    model: str = "random"
    override: str = ""
    override_reason: str = ""
    inputs: str = ""
    studies: tuple[str, ...] = ()
    reported: tuple[Reported, ...] = ()
    risk_of_bias: tuple[str, ...] = ()
    swim: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """When screening titles and abstracts may end before the last record; declared before the first vote.

    Attributes:
        rule: "hypergeometric", the one rule there is; see `domain.stopping`.
        target_recall: The recall aimed at.
        alpha: The level of the test.
    """

    rule: str = "hypergeometric"
    target_recall: float = 0.95
    alpha: float = 0.05

    @property
    def words(self) -> str:
        """The rule in one line, as a declaration keeps it."""
        return f"stopping rule {self.rule}, target recall {self.target_recall:g}, alpha {self.alpha:g}"


@dataclass(frozen=True, slots=True)
class Protocol:
    """What the review set out to do. Read from reviewflow.toml, which people write and keep under version control."""

    title: str
    question: str = ""
    registration: str = ""
    citation: str = ""
    note: str = ""
    database: str = ""
    prisma: str = "2020"
    criteria: tuple[Criterion, ...] = ()
    reasons: tuple[Reason, ...] = ()
    team: tuple[Member, ...] = ()
    rules: Mapping[Stage, Rule] = field(default_factory=dict)
    sources: tuple[PlannedSource, ...] = ()
    syntheses: tuple[PlannedSynthesis, ...] = ()
    model_rule: Mapping[str, Any] = field(default_factory=dict)
    deduplication: Mapping[str, str] = field(default_factory=dict)
    highlight: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stopping: StoppingRule | None = None

    def member(self, name: str) -> Member:
        """The person of that name.

        Raises:
            UsageError: Nobody of the team has that name.
        """
        for member in self.team:
            if member.name == name:
                return member
        names = ", ".join(member.name for member in self.team) or "nobody yet"
        raise UsageError(
            f"{name} is not in the team of this review ({names})",
            f"reviewflow team add {name} --role reviewer, or act as somebody of the team: --as NAME",
        )

    def with_role(self, role: Role) -> tuple[str, ...]:
        """The names of those who have a role."""
        return tuple(member.name for member in self.team if role in member.roles)

    def reason(self, id_: str) -> Reason:
        """The reason with that id.

        Raises:
            InputError: The protocol has no such reason.
        """
        for reason in self.reasons:
            if reason.id == id_:
                return reason
        known = ", ".join(reason.id for reason in self.reasons) or "none yet"
        raise InputError(
            f"{id_!r} is no exclusion reason of the protocol ({known})", "add it under [[reason]] in reviewflow.toml"
        )

    def synthesis(self, name: str) -> PlannedSynthesis:
        """The planned synthesis of that name.

        Raises:
            UsageError: The protocol plans none of that name.
        """
        for synthesis in self.syntheses:
            if synthesis.name == name:
                return synthesis
        known = ", ".join(synthesis.name for synthesis in self.syntheses) or "none"
        raise UsageError(f"the protocol plans no synthesis {name!r} (it plans: {known})", "reviewflow pool plan")


DEFAULT_RULES = {
    Stage.TITLE_ABSTRACT: Rule(Stage.TITLE_ABSTRACT),
    Stage.FULL_TEXT: Rule(Stage.FULL_TEXT, unsure="open", reason_decides=True),
}


def protocol_from(table: Mapping[str, Any]) -> Protocol:
    """The protocol that a table of reviewflow.toml says.

    Args:
        table: A table that satisfies schemas/review.schema.json.

    Raises:
        InputError: Two entries bear one name, or one refers to what is not there.
    """
    head = dict(table["review"])
    protocol = Protocol(
        **head,
        criteria=tuple(Criterion(**row) for row in table.get("criterion", ())),
        reasons=tuple(Reason(**row) for row in table.get("reason", ())),
        team=tuple(
            Member(row["name"], frozenset(Role(role) for role in row["roles"])) for row in table.get("team", ())
        ),
        rules=_rules(table.get("screening", {})),
        sources=tuple(PlannedSource(**{**row, "date": str(row.get("date", ""))}) for row in table.get("source", ())),
        syntheses=tuple(_synthesis(row) for row in table.get("synthesis", ())),
        model_rule=table.get("model_rule", {}),
        deduplication=table.get("deduplication", {}),
        highlight={kind: tuple(words) for kind, words in table.get("highlight", {}).items()},
        stopping=_stopping(table.get("screening", {})),
    )
    _check_names(protocol)
    return protocol


def _rules(screening: Mapping[str, Any]) -> dict[Stage, Rule]:
    rules = {}
    for stage, default in DEFAULT_RULES.items():
        said = dict(screening.get(stage, {}))
        name = said.pop("rule", "")
        twice = sorted({"votes", "one_include_suffices"} & said.keys()) if name else []
        if twice:
            raise InputError(
                f'screening.{stage} in reviewflow.toml says rule = "{name}" and {twice[0]} as well',
                f"leave {twice[0]} out: the rule says it",
            )
        of_name = named_rule(stage, name) if name else {}
        by_default = {"unsure": default.unsure, "reason_decides": default.reason_decides}
        rules[stage] = Rule(stage, **{**by_default, **of_name, **said})
    return rules


def _stopping(screening: Mapping[str, Any]) -> StoppingRule | None:
    said = screening.get("stopping")
    return None if said is None else StoppingRule(**said)


def _synthesis(row: Mapping[str, Any]) -> PlannedSynthesis:
    plain: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items() if key != "reported"
    }
    return PlannedSynthesis(**plain, reported=tuple(Reported(**each) for each in row.get("reported", ())))


def _check_names(protocol: Protocol) -> None:
    named = {
        "criterion": [criterion.id for criterion in protocol.criteria],
        "reason": [reason.id for reason in protocol.reasons],
        "team": [member.name for member in protocol.team],
        "source": [source.name for source in protocol.sources],
        "synthesis": [synthesis.name for synthesis in protocol.syntheses],
    }
    for what, names in named.items():
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise InputError(f"reviewflow.toml has two [[{what}]] named {min(twice)!r}", "give each a name of its own")
    criteria = set(named["criterion"])
    for reason in protocol.reasons:
        if reason.criterion and reason.criterion not in criteria:
            raise InputError(
                f"reason {reason.id!r} in reviewflow.toml names the criterion {reason.criterion!r}, which is not there",
                "name a [[criterion]] by its id",
            )
    for synthesis in protocol.syntheses:
        if synthesis.override and not synthesis.override_reason:
            raise InputError(
                f"synthesis {synthesis.name!r} in reviewflow.toml overrides the model rule without a reason",
                "say why in override_reason",
            )
