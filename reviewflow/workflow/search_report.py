"""The search log as a report prints it: every search word for word, and the sixteen items of PRISMA-S."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reviewflow.domain.search.prisma_s import Item, Logged, checklist
from reviewflow.storage import records, reports, runs
from reviewflow.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reviewflow.storage.engine import Connection
    from reviewflow.storage.review import Review

_TITLES = {"yes": "reported", "partly": "partly", "no": "not reported"}


def prisma_s(review: Review) -> tuple[Item, ...]:
    """The sixteen items, each with what the log says of it."""
    with review.reading() as connection:
        return checklist([search for search, _ in _logged(connection)], _deduplication(connection))


def searches(review: Review) -> list[tuple[Logged, Mapping[str, Any]]]:
    """Every standing search with the details of its run; none where it was run elsewhere."""
    with review.reading() as connection:
        return _logged(connection)


def _logged(connection: Connection) -> list[tuple[Logged, Mapping[str, Any]]]:
    ran = {run.search: run for run in runs.runs(connection)}
    found: list[tuple[Logged, Mapping[str, Any]]] = []
    for search in records.searches(connection):
        run = ran.get(search.id)
        logged = Logged(
            search.id,
            search.source,
            search.kind,
            search.platform,
            search.strategy,
            search.limits,
            search.searched_on,
            search.n_records,
            search.n_expected,
            search.note,
            run.rerun_of if run else None,
            ran_here=run is not None,
        )
        found.append((logged, run.details if run else {}))
    return found


def _deduplication(connection: Connection) -> str:
    links = reports.links(connection).values()
    if not links:
        return ""
    n_by_person = sum(link.by_person for link in links)
    rules = ", ".join(sorted({link.rule for link in links if not link.by_person and link.rule}))
    return (
        f"reviewflow {__version__}: {len(links) - n_by_person} pairs settled by rule ({rules or 'none'}), "
        f"{n_by_person} by a person"
    )


def prisma_s_markdown(items: Iterable[Item]) -> list[str]:
    """The checklist as lines of Markdown."""
    lines = ["| Item | Topic | Reported | What the search log says |", "|---|---|---|---|"]
    for item in items:
        words = " ".join(item.words.split()).replace("|", "\\|")
        lines.append(f"| {item.number} | {item.topic} | {_TITLES[item.state]} | {words} |")
    return lines


def markdown(found: Iterable[tuple[Logged, Mapping[str, Any]]]) -> list[str]:
    """Every search word for word, as lines of Markdown."""
    lines: list[str] = []
    for search, details in found:
        again = f", search {search.rerun_of} run again" if search.rerun_of else ""
        lines += [f"## Search {search.id}: {search.name}{again}", ""]
        lines += [f"- {what}: {words}" for what, words in _facts(search, details) if words]
        if search.strategy:
            lines += ["", "```text", search.strategy, "```"]
        lines.append("")
    return lines[:-1] if lines else ["No searches yet."]


def _facts(search: Logged, details: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    shown = "" if search.n_expected is None else f" (expected: {search.n_expected})"
    yield "Date", search.searched_on
    yield "Records", f"{search.n_records}{shown}"
    yield "Limits", search.limits or ("none" if search.ran_here else "")
    yield "Note", search.note
    if not details:
        return
    yield "Records counted by PubMed", str(details.get("count", ""))
    yield "Database build", f"{details.get('database_build', '')}, updated {details.get('database_updated', '')}"
    yield "Run by", str(details.get("tool", ""))
    yield "Read by PubMed as", str(details.get("translation", ""))
    yield "Warnings", "; ".join(f"{kind}: {words}" for kind, words in details.get("warnings", ()))
    yield "Found but not delivered", ", ".join(details.get("absent", ()))
    yield "Not complete", str(details.get("wrong", ""))
    yield "SHA-256 of the sorted PMIDs", str(details.get("ids_sha256", ""))
