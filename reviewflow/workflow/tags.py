"""Tags: words of a person's own on reports, to find them again. They are no votes, and nobody else is told of them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reviewflow.domain.words import counted
from reviewflow.errors import UsageError
from reviewflow.storage import reports, tags
from reviewflow.workflow import queue, report_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reviewflow.domain.ledger import Act
    from reviewflow.storage.review import Review

_LONGEST: Final = 40
_SOUGHT: Final = "tag:"


@dataclass(frozen=True, slots=True)
class Tagged:
    """A report with the tags that a person has on it."""

    report: int
    title: str
    tags: tuple[str, ...]


def tag_of(text: str) -> str:
    """A tag as it is kept: in small letters, so that RCT and rct are one.

    Raises:
        UsageError: It is no one word, or holds a sign that parts tags.
    """
    word = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())
    if not word or len(word) > _LONGEST or any(_parts(character) for character in word):
        raise UsageError(
            f"{text!r} is no tag", f"a tag is one word of at most {_LONGEST} characters, without , ; and *"
        )
    return word


def _parts(character: str) -> bool:
    return character in ",;*" or unicodedata.category(character)[0] in "CZ"


def tags_in(line: str) -> tuple[str, ...]:
    """The tags in a line of words, each once.

    Raises:
        UsageError: One of them is no tag.
    """
    return tuple(sorted({tag_of(word) for word in line.split()}))


def tag(review: Review, act: Act, on: Sequence[int], put: Iterable[str] = (), off: Iterable[str] = ()) -> int:
    """Put tags on some reports, or take them off; votes and notes stay as they are.

    Args:
        review: The review.
        act: Whose tags; anybody of the team may have some.
        on: Any record of each report.
        put: Tags to put on each of them.
        off: Tags to take off each of them.

    Returns:
        How many tags were put on or taken off.

    Raises:
        UsageError: A word is no tag, one is to be put and taken off at once, or the person is not in the team.
        InputError: There is no such record.
    """
    review.protocol.member(act.reviewer)
    wanted, unwanted = {tag_of(each) for each in put}, {tag_of(each) for each in off}
    if both := wanted & unwanted:
        raise UsageError(f"{min(both)!r} is to be put on and taken off at once", "say one of the two")
    with review.change(act) as entry:
        shown = {reports.report_of(entry.connection, record): record for record in on}
        known = tags.tags_on_records(entry.connection, act.reviewer, shown)
        rows: list[tuple[int, str, bool]] = []
        n = 0
        for report, record in shown.items():
            there = known.get(report, set())
            new = wanted - {each for _, each in there}
            gone = [(bearer, each, False) for bearer, each in sorted(there) if each in unwanted]
            rows += [(record, each, True) for each in sorted(new)] + gone
            n += len(new) + len({each for _, each, _ in gone})
        tags.add_tags(entry, act.reviewer, rows)
        entry.note = counted(n, "tag")
        return n


def tagged(review: Review, name: str, only: Sequence[str] = ()) -> list[Tagged]:
    """The reports on which a person has tags, by report.

    Args:
        review: The review.
        name: Whose tags, and who looks: they are the same person.
        only: Tags that a report must have, all of them; a * at the end takes any ending.

    Raises:
        UsageError: The person is not in the team.
    """
    review.protocol.member(name)
    with review.reading() as connection:
        found = {report: has for report, has in tags.tags(connection, name).items() if _fits(has, only)}
        shown = report_fields.shown_records(connection, list(found))
    return [Tagged(report, shown[report].title, has) for report, has in sorted(found.items()) if report in shown]


def counts(review: Review, name: str) -> dict[str, int]:
    """Tag -> on how many reports a person has it, in the order of the alphabet."""
    with review.reading() as connection:
        every = tags.tags(connection, name)
    found: dict[str, int] = {}
    for has in every.values():
        for each in has:
            found[each] = found.get(each, 0) + 1
    return dict(sorted(found.items()))


def seeks_tags(words: str) -> bool:
    """Whether a search asks for tags: one of its words begins with "tag:"."""
    return any(word.casefold().startswith(_SOUGHT) for word in words.split())


def with_words(
    review: Review, name: str, of: Iterable[int], words: str, is_wanted: Callable[[], bool]
) -> frozenset[int]:
    """Those of the reports that have all of the words; "tag:rct" asks for a tag that the person has put on.

    Arguments and the rest as `queue.with_words`.
    """
    split = words.split()
    sought = [word[len(_SOUGHT) :] for word in split if word.casefold().startswith(_SOUGHT)]
    rest = " ".join(word for word in split if not word.casefold().startswith(_SOUGHT))
    wanted = sorted(set(of))
    if sought:
        with review.reading() as connection:
            own = tags.tags(connection, name, wanted)
        wanted = [report for report in wanted if _fits(own.get(report, ()), sought)]
    return queue.with_words(review, wanted, rest, is_wanted) if rest else frozenset(wanted)


def _fits(has: Sequence[str], sought: Iterable[str]) -> bool:
    return all(any(_is(each, one) for each in has) for one in sought)


def _is(tag: str, sought: str) -> bool:
    word = unicodedata.normalize("NFC", sought.casefold())
    return tag.startswith(word[:-1]) if word.endswith("*") else tag == word
