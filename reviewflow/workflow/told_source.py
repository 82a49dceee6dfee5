"""Which source a search export comes from: what its records say, which a person may know better."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from reviewflow.errors import UsageError
from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reviewflow.workflow.read_file import ReadFile

_TOOLS = frozenset(
    (
        "ASReview", "Bookends", "Covidence", "EndNote", "JabRef", "Mendeley", "Rayyan", "RefWorks", "Zotero",
        "abstrackr", "reviewflow",
    )
)  # fmt: skip
"""Programs that write files of records and search nothing: what they export came from elsewhere."""
_PLATFORMS = ("EBSCOhost", "Ovid", "ProQuest")


def source_of(file: ReadFile) -> str:
    """The source that the file itself tells.

    Raises:
        UsageError: It tells none, or several.
    """
    named = file.told
    if len(named) == 1:
        return next(iter(named))
    if file.export.exporter and file.export.exporter not in _TOOLS:
        return file.export.exporter
    several = f": its records name {', '.join(sorted(named))}" if named else ""
    raise UsageError(f"{file.name} does not tell which database it comes from{several}", "say it: --source NAME")


def doubts(file: ReadFile, detected: str) -> list[str]:
    """What a person should know of a source that nobody stated."""
    n_told = file.told[detected]
    found = []
    if detected in _PLATFORMS:
        found.append(f"{detected} is a platform: name the database that was searched there, with --source")
    if 0 < n_told < file.n_records:
        found.append(f"only {n_told} of {file.n_records} records say {detected}: --source NAME says otherwise")
    return found


def conflict(told: Mapping[str, int], source: str) -> list[str]:
    """What to say when records name another database than the source under which they count."""
    named = sorted(told.items())
    others = [f"{name} ({n})" for name, n in named if name not in _PLATFORMS and not alike(name, source)]
    return [f"the records say that they come from {', '.join(others)}; they count under {source}"] if others else []


def kind_of(source: str, told: Collection[str]) -> str:
    """The kind of a source that nobody stated: "register" where its name, or all that the records name, is one."""
    known = _registers()
    is_register = _plain(source) in known or (bool(told) and all(_plain(name) in known for name in told))
    return "register" if is_register else "database"


@cache
def _registers() -> frozenset[str]:
    return frozenset(map(_plain, schema_toml("registers.toml")["names"]))


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def alike(a: str, b: str) -> bool:
    """Whether two names of a source mean the same: "Embase" and "Embase.com", "MEDLINE" and "PubMed"."""
    one, other = (
        name.casefold().replace("medline", "pubmed").replace("cochrane library", "central") for name in (a, b)
    )
    return one in other or other in one
