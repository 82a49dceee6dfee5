"""Judgements of risk of bias as symbols, in colours that differ in lightness too: legible without colour vision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ABC: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A level of risk of bias as it is drawn.

    Attributes:
        symbol: One character.
        meaning: What the key says.
        fill: Colour of the circle.
        ink: Colour of the symbol on it.
    """

    symbol: str
    meaning: str
    fill: str
    ink: str


JUDGEMENTS: Final = (
    Judgement("+", "low", "#cfe6f5", "#1a1a1a"),
    Judgement("-", "some concerns or moderate", "#f0b93a", "#1a1a1a"),
    Judgement("!", "high or serious", "#b3480b", "#ffffff"),
    Judgement("x", "critical", "#4a1204", "#ffffff"),
    Judgement("?", "unclear or no information", "#ffffff", "#1a1a1a"),
)
"""From low to critical, then what is not known."""

_BY_SYMBOL: Final = {each.symbol: each for each in JUDGEMENTS}
# What the tools call their levels, and the letters they are abbreviated with.
_WORDS: Final = {
    **dict.fromkeys(("+", "low", "l", "low risk"), "+"),
    **dict.fromkeys(("-", "some concerns", "some", "s", "moderate", "m"), "-"),
    **dict.fromkeys(("!", "high", "h", "high risk", "serious"), "!"),
    **dict.fromkeys(("x", "critical", "c"), "x"),
    **dict.fromkeys(("?", "unclear", "u", "unclear risk", "no information", "ni", "n"), "?"),
}


@dataclass(frozen=True, slots=True)
class RiskOfBias:
    """The judgements of the studies in each domain.

    Attributes:
        domains: What is judged, in order.
        by_study: For each study a string of symbols, one for each domain; a blank where there is no judgement.
    """

    domains: tuple[str, ...]
    by_study: Mapping[str, str]

    @property
    def letters(self) -> str:
        """The letters that head the domains."""
        return _ABC[: len(self.domains)]

    def of(self, study: str) -> str:
        """The symbols of a study; blank for one without judgements."""
        return self.by_study.get(study, " " * len(self.domains))

    def key(self) -> list[str]:
        """What the letters stand for."""
        return [f"{letter} {domain}" for letter, domain in zip(self.letters, self.domains, strict=True)]

    def levels(self, studies: Sequence[str]) -> list[Judgement]:
        """The judgements that occur among these studies."""
        used = {symbol for study in studies for symbol in self.of(study)}
        return [each for each in JUDGEMENTS if each.symbol in used]


def risk_of_bias(domains: Sequence[str], words: Mapping[str, Sequence[str]]) -> RiskOfBias:
    """The judgements in the words or letters of their tool.

    Args:
        domains: What is judged, at most 26.
        words: For each study a judgement of each domain: "low", "some concerns", "High", "NI", "+"; "" where there is
            none.

    Raises:
        InputError: A word is no judgement, or there are too many domains.
    """
    if len(domains) > len(_ABC):
        raise InputError(f"{len(domains)} domains of risk of bias are too many to draw", f"give at most {len(_ABC)}")
    found = {study: "".join(map(_symbol, [study] * len(said), domains, said)) for study, said in words.items()}
    return RiskOfBias(tuple(domains), found)


def _symbol(study: str, domain: str, word: str) -> str:
    plain = " ".join(word.casefold().replace("_", " ").split())
    if not plain:
        return " "
    if plain not in _WORDS:
        raise InputError(
            f"{study}, {domain}: {word!r} is no judgement of risk of bias",
            "write low, some concerns, moderate, high, serious, critical, unclear or no information",
        )
    return _WORDS[plain]


def judgement(symbol: str) -> Judgement:
    """The level that a symbol stands for."""
    return _BY_SYMBOL[symbol]
