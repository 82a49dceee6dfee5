"""Looks at search exports without a review: light, so that one small file is checked at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reviewflow.domain.words import counted
from reviewflow.formats import check_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def check_files(
    files: Sequence[tuple[str, bytes]], progress: Callable[[int, int], None] | None = None
) -> list[dict[str, Any]]:
    """What `import --check` prints of each file; needs no review.

    Args:
        files: (name, content) of each.
        progress: Called with the number of bytes read so far of the file at hand, and of all of it.
    """
    return [check_file(content, name, progress) for name, content in files]


def other_than_expected(expected: int, n: int) -> str:
    """That the number of records is another than the source showed."""
    were, was = ("was" if each == 1 else "were" for each in (expected, n))
    return f"{counted(expected, 'record')} {were} expected and {n} {was} read"
