"""Where a report was printed: journal, volume, issue, pages, made comparable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz

from reviewflow.domain.deduplication.text import fold, without_markup
from reviewflow.domain.deduplication.titles import DIFFER, SAME, UNKNOWN

if TYPE_CHECKING:
    from reviewflow.domain.deduplication.vocabulary import Vocabulary

_LEADING_NUMBER = re.compile(r"\s*(?:vol(?:ume)?\.?\s*)?0*(\d+)", re.IGNORECASE)
_FIRST_PAGE = re.compile(
    r"(?:\b(?:pp?|pages?|art(?:icle)?|no)\b\W*)*([a-z]{0,4})\W?0*(\d+)([a-z]?)(?:[^\w]+(?:[a-z]{0,4})\W?0*(\d+))?"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBERS = re.compile(r"\d+")
# Article numbers have five digits or more, or a letter e in front; page numbers seldom.
_ARTICLE_DIGITS: Final = 5
# Where one source gives an article number the other may give "1-9" or only the number of pages.
_COUNTED_PAGES: Final = 40
# Congress abstracts are printed on pages S12, A599, P7.
_ABSTRACT_PAGES: Final = frozenset({"s", "a", "p", "o", "ps", "os", "pp", "sa", "abs"})
# A spreadsheet turns pages 1-6 into "01-Jun".
_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"
_DATED = re.compile(
    rf"^\s*(?:0?(\d{{1,2}})-)?({'|'.join(_MONTHS[i : i + 3] for i in range(0, 36, 3))})(?:-0?(\d{{1,2}}))?\s*$",
    re.IGNORECASE,
)
_CUT = re.compile(r"\s*(?:[:;\"]|\. | - | / |\.Conference|,\s*[A-Z]{3,8}\s*$)\s*")
_ROUND = re.compile(r"\([^()]*\)?")
_SQUARE = re.compile(r"\[([^\[\]]*)\]?")
# "natl" for national; longer abbreviations are beginnings.
_CONTRACTED: Final = 5
# Names misprinted, and names that may be of one journal.
_SAME_JOURNAL: Final = 92
_LIKE_JOURNAL: Final = 75
_SAME_WORD: Final = 88
_RUN_TOGETHER: Final = 8
_TOO_COMMON = frozenset({"electronic resource", "print", "online", "journal", "proceedings", "research", "the journal"})


@dataclass(frozen=True, slots=True)
class Place:
    """Volume, issue and first page of a record; "" where not given.

    Attributes:
        volume: Leading number of the volume.
        issue: Numbers of the issue, or its folded text.
        prefix: Letters before the first page ("s", "e").
        page: Digits of the first page.
        last: Digits of the last page, expanded; "" where only one page is given.
        is_supplement: True where volume, issue or page tell a supplement.
    """

    volume: str
    issue: str
    prefix: str
    page: str
    last: str
    is_supplement: bool

    @property
    def n_pages(self) -> float:
        """How many pages, NaN where first or last is not known."""
        if not (self.page.isdigit() and self.last.isdigit()) or int(self.last) < int(self.page):
            return float("nan")
        return int(self.last) - int(self.page) + 1

    @property
    def is_article_number(self) -> bool:
        """True where the page is an article number and no page of a volume."""
        return not self.last and (len(self.page) >= _ARTICLE_DIGITS or (self.prefix == "e" and len(self.page) > 1))


def volume_number(volume: str) -> str:
    """The number that leads a volume ("60 (1 Supplement 1)" gives "60"), "" where none can be trusted."""
    text = volume.strip()
    if not text:
        return ""
    leading = _LEADING_NUMBER.match(text)
    if leading is None:
        inner = _NUMBERS.search(text)
        return inner[0].lstrip("0") if inner else ""
    # "1)" is what remains of "53 (Suppl 1)" cut in the wrong place.
    return "" if text.endswith(")") and "(" not in text else leading[1]


def first_page(pages: str) -> tuple[str, str, str]:
    """Letters, digits of the first page and digits of the last ("S12-8" gives "s", "12", "18"); "" where not given."""
    if not pages:
        return "", "", ""
    text = pages if pages.isascii() else pages.translate(_DASHES)
    if dated := _DATED.match(text):
        day, month, after = dated.groups()
        number = str(_MONTHS.index(month.lower()) // 3 + 1)
        text = f"{day}-{number}" if day else f"{number}-{after}"
    found = _FIRST_PAGE.search(text.lower())
    if found is None:
        return "", fold(pages), ""
    prefix, page, _, last = found.groups()
    if last and len(last) < len(page):
        last = page[: len(page) - len(last)] + last
    return prefix, page, last or ""


_DASHES = dict.fromkeys((8208, 8209, 8210, 8211, 8212, 8213, 8722, 173), "-")


def read_place(volume: str, issue: str, pages: str) -> Place:
    """The place that the three fields give."""
    prefix, page, last = first_page(pages)
    folded = fold(issue)
    supplement = "suppl" in folded or "suppl" in volume.lower() or prefix in _ABSTRACT_PAGES
    numbers = _NUMBERS.findall(folded)
    return Place(
        volume=volume_number(volume),
        issue=" ".join(n.lstrip("0") for n in numbers) if numbers else folded,
        prefix=prefix,
        page=page,
        last=last,
        is_supplement=supplement,
    )


def compare_volume(a: Place, b: Place) -> int:
    """SAME or DIFFER; UNKNOWN where one is missing or stands in the other's field for the issue."""
    if not a.volume or not b.volume:
        return UNKNOWN
    if a.volume == b.volume or _swapped(a, b):
        return SAME
    if a.volume in b.issue.split() or b.volume in a.issue.split():
        return UNKNOWN
    # Some sources put the year for the volume.
    return UNKNOWN if _YEAR.fullmatch(a.volume) or _YEAR.fullmatch(b.volume) else DIFFER


def _swapped(a: Place, b: Place) -> bool:
    """True where one source puts the issue for the volume and the volume for the issue."""
    return a.volume == b.issue and a.issue == b.volume


def compare_issue(a: Place, b: Place) -> int:
    """SAME or DIFFER; UNKNOWN where one is missing or they share a number ("1-2" and "2")."""
    if not a.issue or not b.issue:
        return UNKNOWN
    if a.issue == b.issue or _swapped(a, b):
        return SAME
    if set(a.issue.split()) & set(b.issue.split()):
        return UNKNOWN
    numeric = a.issue[0].isdigit() and b.issue[0].isdigit()
    return DIFFER if numeric and a.is_supplement == b.is_supplement else UNKNOWN


def compare_page(a: Place, b: Place) -> int:
    """SAME or DIFFER by the first page.

    UNKNOWN where one is missing or counts from 1 without a volume, where an article number meets a count of pages or
    "1-12", and
    where the ranges share more than a page, for one of them is misprinted then.
    """
    if not a.page or not b.page:
        return UNKNOWN
    if a.page == b.page:
        return DIFFER if a.prefix and b.prefix and a.prefix != b.prefix else SAME
    if _overlap(a, b) or any(p.page == "1" and not p.volume for p in (a, b)):
        return UNKNOWN
    if any(p.page == "1" and p.last and not other.last for p, other in ((a, b), (b, a))):
        return UNKNOWN
    if a.is_article_number != b.is_article_number:
        paged = b if a.is_article_number else a
        return UNKNOWN if paged.page.isdigit() and int(paged.page) <= _COUNTED_PAGES else DIFFER
    return DIFFER


def _overlap(a: Place, b: Place) -> bool:
    if not (a.last.isdigit() and b.last.isdigit() and a.page.isdigit() and b.page.isdigit()) or a.prefix != b.prefix:
        return False
    return max(int(a.page), int(b.page)) < min(int(a.last), int(b.last))


def same_range(a: Place, b: Place) -> int:
    """SAME where first and last page agree and there is more than one page, DIFFER or UNKNOWN else."""
    if not a.last or not b.last:
        return UNKNOWN
    return SAME if a.page == b.page and a.last == b.last and a.page != a.last else DIFFER


def journal_names(journal: str, vocabulary: Vocabulary) -> tuple[tuple[str, ...], ...]:
    """The names a journal goes by in one field, each as its words: the whole, a translation, a part."""
    if not journal:
        return ()
    text = without_markup(journal).strip(' "')
    others = _SQUARE.findall(text)
    whole = _ROUND.sub(" ", _SQUARE.sub(" ", text))
    parts = [part for piece in whole.split("=") for part in [_CUT.split(piece)[0], piece]]
    names: dict[tuple[str, ...], None] = {}
    for part in [*parts, *others]:
        folded = fold(part.replace("&", " and "))
        plain = [word for word in folded.split() if len(word) == 1 or word not in vocabulary.stop_words]
        words = tuple(w for w in plain if w not in vocabulary.journal_noise and not w[0].isdigit()) or tuple(plain)
        if words and folded not in _TOO_COMMON:
            names[words] = None
    return tuple(names)


def compare_journals(a: tuple[tuple[str, ...], ...], b: tuple[tuple[str, ...], ...]) -> int:
    """SAME, DIFFER, or UNKNOWN where one is missing or one name begins like the other."""
    if not a or not b:
        return UNKNOWN
    best = DIFFER
    for one in a:
        for other in b:
            best = max(best, _compare_names(one, other))
            if best == SAME:
                return SAME
    return best


def _compare_names(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    if a == b or "".join(a) == "".join(b):
        return SAME
    shorter, longer = (a, b) if len(a) <= len(b) else (b, a)
    if len(a) == len(b):
        if all(_abbreviates(x, y) for x, y in zip(a, b, strict=True)):
            return SAME
    elif len(shorter) == 1 and _initials(shorter[0], longer):
        return SAME
    elif all(_abbreviates(x, y) for x, y in zip(shorter, longer, strict=False)):
        return UNKNOWN
    ratio = fuzz.ratio(" ".join(a), " ".join(b))
    plural = "".join(longer) == "".join(shorter) + "s"
    return SAME if ratio >= _SAME_JOURNAL and not plural else UNKNOWN if ratio >= _LIKE_JOURNAL else DIFFER


def _abbreviates(a: str, b: str) -> bool:
    """True where one word abbreviates the other: the same first letter, the rest in order ("natl", "national")."""
    shorter, longer = (a, b) if len(a) <= len(b) else (b, a)
    # Cancer and Cancers are two journals.
    if longer.startswith(shorter):
        return longer != shorter + "s"
    # Beyond five letters an abbreviation is a beginning, or two words only look alike ("diabetes", "diabetologie").
    if len(shorter) > _CONTRACTED or shorter[0] != longer[0]:
        return fuzz.ratio(a, b) >= _SAME_WORD
    letters = iter(longer)
    return all(letter in letters for letter in shorter)


def _initials(word: str, words: tuple[str, ...]) -> bool:
    """True where a word is the initials of the words ("jama", "pnas") or their abbreviations run together."""
    initials = "".join(w[0] for w in words)
    if len(word) >= 3 and (initials == word or (len(word) >= 4 and initials.startswith(word))):
        return True
    return len(word) >= _RUN_TOGETHER and _pieces(word, words)


def _pieces(word: str, words: tuple[str, ...]) -> bool:
    """True where a word is the beginnings of the words in order ("jairwaydis")."""
    if not words:
        return not word
    longest = 0
    while longest < min(len(word), len(words[0])) and word[longest] == words[0][longest]:
        longest += 1
    return any(_pieces(word[n:], words[1:]) for n in range(longest, 0, -1))
