"""Pairs worth comparing: records that share one of several keys."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from reviewflow.domain.deduplication.normalise import Sketch

# A key that more records share says little ("Editorial"); it is made finer by year and page instead.
CAP: Final = 60
# A title of fewer letters is no key.
_TITLE_LEAST: Final = 8


def keys(sketch: Sketch) -> tuple[str, ...]:
    """The keys of a record; two records are compared when they share one."""
    return tuple(_keys(sketch))


def _keys(sketch: Sketch) -> Iterator[str]:
    yield from _title_keys(sketch)
    yield from _identifier_keys(sketch)
    if sketch.lead:
        yield from _author_keys(sketch)
    if sketch.volume and sketch.page and sketch.year is not None:
        yield f"place:{sketch.volume} {sketch.page} {sketch.year}"


def _title_keys(s: Sketch) -> Iterator[str]:
    for text in dict.fromkeys((s.title, s.other, s.subject)):
        if len(text) >= _TITLE_LEAST:
            yield f"title head:{text[:20]}"
    if len(s.title) > 20:
        yield f"title:{s.title}"
    if len(s.opening) == 80:
        yield f"abstract head:{s.opening}"


def _identifier_keys(s: Sketch) -> Iterator[str]:
    if s.doi:
        yield f"doi:{s.doi}"
    if s.pmid:
        yield f"pmid:{s.pmid}"
    for trial in s.trials:
        yield f"trial:{trial}"


def _author_keys(s: Sketch) -> Iterator[str]:
    if len(s.title) >= 20:
        # A rubric before the title ("Short report:") hides its head.
        yield f"author tail:{s.lead} {s.title[-12:]}"
    if s.page:
        yield f"author page:{s.lead} {s.page}"
    if s.year is None:
        return
    # The year of the article in press and that of the issue differ by one: each record stands under two years.
    yield f"author year title:{s.lead} {s.year} {s.title[:8]}"
    yield f"author year title:{s.lead} {s.year + 1} {s.title[:8]}"
    if s.volume:
        yield f"author year volume:{s.lead} {s.year} {s.volume}"


def pairs(sketches: Sequence[Sketch], is_new: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """The pairs of places in `sketches` that share a key, shape (n, 2), the lower place first, sorted.

    Args:
        sketches: One for each record.
        is_new: Where given, only pairs with at least one new record.
    """
    n = len(sketches)
    codes, owners = _codes(sketches, is_new)
    found = [np.empty(0, np.int64)]
    for a, b in _within_blocks(codes, owners):
        keep = a != b
        if is_new is not None:
            keep &= is_new[a] | is_new[b]
        found.append(np.minimum(a, b)[keep] * n + np.maximum(a, b)[keep])
    joined = np.unique(np.concatenate(found))
    return np.stack([joined // max(n, 1), joined % max(n, 1)], axis=1)


def _codes(sketches: Sequence[Sketch], is_new: NDArray[np.bool_] | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each key of each record as a number, with the record it belongs to; keys shared by too many are made finer."""
    hashed, owned = _hashed(sketches)
    # Most keys belong to one record alone. Of the others, only those matter that a new record has.
    wanted = np.sort(hashed if is_new is None else hashed[is_new[owned]])
    if is_new is None:
        wanted = wanted[1:][wanted[1:] == wanted[:-1]]
    found = np.searchsorted(wanted, hashed)
    shared = np.flatnonzero(np.append(wanted, 0)[found] == hashed) if wanted.size else np.empty(0, np.int64)
    numbered, coded = np.unique(hashed[shared], return_inverse=True)
    coded, owned = coded.astype(np.int64), owned[shared]
    _refine(coded, owned, len(numbered), sketches)
    keep = np.bincount(coded)[coded] <= CAP if coded.size else np.empty(0, np.bool_)
    return coded[keep], owned[keep]


def _hashed(sketches: Sequence[Sketch]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The hash of each key of each record, with the place of the record.

    A million records have twelve million keys: as texts they would take gigabytes. Two keys with one hash of 64 bits
    only cost a needless comparison.
    """
    hashed = array("q")
    ends = np.empty(len(sketches), np.int64)
    for place, sketch in enumerate(sketches):
        hashed.extend(map(hash, _keys(sketch)))
        ends[place] = len(hashed)
    owners = np.repeat(np.arange(len(sketches)), np.diff(ends, prepend=0))
    return np.frombuffer(hashed, np.int64) if hashed else np.empty(0, np.int64), owners


def _refine(coded: NDArray[np.int64], owned: NDArray[np.int64], n_keys: int, sketches: Sequence[Sketch]) -> None:
    """Replace the keys that too many records share by finer ones, in place."""
    crowded = np.flatnonzero(np.bincount(coded, minlength=n_keys)[coded] > CAP)
    finer: dict[tuple[int, str], int] = {}
    for where in crowded.tolist():
        s = sketches[owned[where]]
        fine = (int(coded[where]), f"{s.lead} {s.year} {s.volume} {s.page}")
        coded[where] = n_keys + finer.setdefault(fine, len(finer))


def _within_blocks(
    codes: NDArray[np.int64], owners: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    order = np.lexsort((owners, codes))
    codes, owners = codes[order], owners[order]
    for step in range(1, CAP):
        same = np.flatnonzero(codes[step:] == codes[:-step])
        if not same.size:
            return
        yield owners[same], owners[same + step]
