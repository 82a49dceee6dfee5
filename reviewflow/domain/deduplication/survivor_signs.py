"""What tells a good value of a field from a bad one, made ready for use from the tables `survivor` and `words`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reviewflow.domain.deduplication.vocabulary import Vocabulary, vocabulary
from reviewflow.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Signs:
    """Patterns, compiled once.

    Attributes:
        words: The words that deduplication knows.
        doi_elsewhere: A DOI that does not lead to the report.
        in_press: A place that is not printed yet.
        tail_marks: Words, one of which stands in all that a tail matches, in small letters.
        tails: What stands behind the end of an abstract and says whose it is.
        cut_abstract: The end of an abstract that was cut short.
        no_abstract: What stands where there is no abstract.
        untidy: What stands in a volume or issue beside the number.
        annotated: A title with something that the source added.
        bracketed: A title that the source translated.
        retracted: A title that says that the report was retracted.
        cut_title: The end of a title that was cut short.
        no_title: What stands where there is no title.
        and_others: The last name of a list that names some authors only.
        nobody: What stands where no author is named.
    """

    words: Vocabulary
    doi_elsewhere: re.Pattern[str]
    in_press: re.Pattern[str]
    tail_marks: tuple[str, ...]
    tails: tuple[re.Pattern[str], ...]
    cut_abstract: re.Pattern[str]
    no_abstract: re.Pattern[str]
    untidy: re.Pattern[str]
    annotated: re.Pattern[str]
    bracketed: re.Pattern[str]
    retracted: re.Pattern[str]
    cut_title: re.Pattern[str]
    no_title: re.Pattern[str]
    and_others: re.Pattern[str]
    nobody: re.Pattern[str]


def read_signs(tables: Mapping[str, Mapping[str, Any]]) -> Signs:
    """The signs that the tables give.

    Args:
        tables: "survivor" and "words": the tables of schemas/deduplication.

    Raises:
        InputError: A table lacks a list or holds a pattern that does not compile.
    """
    try:
        table = tables["survivor"]
        return Signs(
            words=vocabulary(tables["words"]),
            doi_elsewhere=_any_of(table["doi"]["elsewhere"]),
            in_press=_any_of(table["press"]["patterns"]),
            tail_marks=tuple(table["abstract"]["tail_marks"]),
            tails=tuple(re.compile(each, re.IGNORECASE) for each in table["abstract"]["tails"]),
            cut_abstract=_any_of(table["abstract"]["cut_short"]),
            no_abstract=_any_of(table["abstract"]["placeholders"]),
            untidy=_any_of(table["place"]["untidy"]),
            annotated=_any_of(table["title"]["annotated"]),
            bracketed=_any_of(table["title"]["bracketed"]),
            retracted=_any_of(table["title"]["retracted"]),
            cut_title=_any_of(table["title"]["cut_short"]),
            no_title=_any_of(table["title"]["placeholders"]),
            and_others=_any_of(table["authors"]["and_others"]),
            nobody=_any_of(table["authors"]["nobody"]),
        )
    except KeyError as missing:
        raise InputError(
            f"the tables of what a report shows have no {missing}", "compare them with schemas/deduplication"
        ) from missing
    except re.error as broken:
        raise InputError(
            f"the table of what a report shows holds a pattern that cannot be read: {broken.pattern!r} ({broken})",
            "write it as a regular expression of Python",
        ) from broken


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    """One pattern that matches where any of these does, whatever the case."""
    return re.compile("|".join(f"(?:{p})" for p in patterns), re.IGNORECASE)
