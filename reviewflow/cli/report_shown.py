"""A report as words and as JSON: its records side by side, the fields that survive, and the links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reviewflow.cli.session import shortened
from reviewflow.domain.deduplication.survivor import as_text
from reviewflow.domain.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.storage.reports import StoredLink
    from reviewflow.workflow.report_fields import ReportShown

_WIDTH = 300
"""Letters of an abstract or a list that is shown side by side with others; --json has all of it."""


def lines(found: ReportShown) -> list[str]:
    """The report as words: each field with the value that survives, why, and the other values."""
    sources = ", ".join(f"r{each.id} ({each.source})" for each in found.candidates)
    head = f"p{found.report}: {counted(len(found.candidates), 'record')}, {sources}"
    return [head, "", *_fields(found), *_numbers(found), *_links(found)]


def _fields(found: ReportShown) -> Iterator[str]:
    """A field in each line; below it the records that say something else, or nothing."""
    sides = found.sides()
    for name, chosen in found.surviving.chosen.items():
        value = as_text(getattr(found.surviving.record, name))
        yield f"{name}: {shortened(value, _WIDTH)}"
        if len(found.candidates) == 1:
            continue
        yield f"    from r{chosen.record_id}: {chosen.why}"
        for candidate, text in zip(found.candidates, sides[name], strict=True):
            if text != value and candidate.id != chosen.record_id:
                yield f"    r{candidate.id}: {shortened(text, _WIDTH) or '-'}"


def _numbers(found: ReportShown) -> Iterator[str]:
    if found.surviving.source_ids:
        yield "numbers of the sources:"
        yield from (f"    {source} {number} (r{id_})" for source, number, id_ in found.surviving.source_ids)


def _links(found: ReportShown) -> Iterator[str]:
    if found.links:
        yield "one report by:"
        yield from (f"    r{link.record_a} r{link.record_b}  {_reason(link)}" for link in found.links)


def _reason(link: StoredLink) -> str:
    if link.by_person:
        return "a person said so"
    why = link.evidence.get("why", "")
    return f"rule {link.rule}" + (f": {why}" if why else "")


def to_json(found: ReportShown) -> dict[str, Any]:
    """The report for a program, with every value whole."""
    survived, sides = found.surviving, found.sides()
    return {
        "report": f"p{found.report}",
        "records": [{"record": f"r{each.id}", "source": each.source} for each in found.candidates],
        "fields": {
            name: {
                "value": getattr(survived.record, name),
                "from": f"r{chosen.record_id}",
                "why": chosen.why,
                "others": [{"record": f"r{other.record_id}", "value": other.value} for other in chosen.others],
                "records": {f"r{c.id}": text for c, text in zip(found.candidates, sides[name], strict=True)},
            }
            for name, chosen in survived.chosen.items()
        },
        "source_ids": [
            {"source": source, "accession": number, "record": f"r{id_}"} for source, number, id_ in survived.source_ids
        ],
        "links": [
            {
                "record_a": f"r{link.record_a}",
                "record_b": f"r{link.record_b}",
                "by": "person" if link.by_person else "rule",
                "rule": link.rule,
                "score": link.score,
                "why": link.evidence.get("why", ""),
            }
            for link in found.links
        ],
    }
