"""The formats as the reference shows them: tables of what `schemas/formats` says, and of what the program writes."""

from __future__ import annotations

import io
import json
import re
from dataclasses import fields as fields_of
from importlib import import_module
from itertools import product
from typing import TYPE_CHECKING, Any

from reviewflow.domain.record import Record
from reviewflow.formats import open_export, writer
from reviewflow.formats.registry import READERS, WRITERS
from reviewflow.resources import schema, schema_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

PARTS: Mapping[str, str] = {
    "groups": "authors: groups, added behind the people",
    "first_page": "pages: the first",
    "last_page": "pages: the last",
    "article_number": "pages: an article's number, where there are none",
    "doi_anywhere": "doi: found within these, where the others give none",
    "pmid_anywhere": "pmid: found within these, where the others give none and these name one only",
    "registry": "registry_ids: found within these, the accession and the title",
    "citation": "journal, year, volume, issue, pages: taken from a citation in one line, where nothing else gives them",
}
"""The rows of a field map that are no field of a record: which field they are a part of."""

_MOST = 4  # examples of a sign: a reader needs to recognise it, not to know all seventeen prefixes


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as a table of Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"


def code(texts: Iterable[str]) -> str:
    """Texts as code, with commas between them."""
    return ", ".join(f"`{each}`" for each in texts)


def formats() -> str:
    """The formats that are read, with a link to the section of each."""
    rows = []
    for name in READERS:
        words = schema("formats", f"{name}.toml").read_text(encoding="utf-8").partition("\n")[0]
        written = "yes" if name in WRITERS else ""
        rows.append((f"[`{name}`](formats/{name}.md)", words.removeprefix("#").strip(), written))
    return table(("name", "what it is", "written, too"), rows)


def field_map(name: str) -> str:
    """The tables of one format: canonical field -> tags, sources, and the tools that write it."""
    layout = schema_toml("formats", f"{name}.toml")
    return "\n".join(filter(None, (_tags(layout), _sources(layout), _exporters(layout), _written(name))))


def _tags(layout: Mapping[str, Any]) -> str:
    rows = [(PARTS.get(field, f"`{field}`"), code(map(_tag, tags))) for field, tags in layout["fields"].items()]
    said = (
        "Of several tags the first that holds a value counts. `abstract`, `issn`, `keywords`, `publication_types` and "
        "`registry_ids` take the values of all."
    )
    return f"## Fields\n\n{said}\n\n{table(('field', 'tags, the best first'), rows)}"


def _tag(tag: str) -> str:
    return {"record": "(the element of the record)", "<": "<n>", "header": "(lines in front of the record)"}.get(
        tag, tag
    )


def _sources(layout: Mapping[str, Any]) -> str:
    rows = [
        (
            rule.get("database", "as the value says"),
            f"{code(map(_tag, rule['tags']))}: {_sign(rule)}",
            _different(rule),
        )
        for rule in layout.get("source", ())
    ]
    said = (
        "The database of each record shows in its tags. The first row that holds counts, and may put fields elsewhere."
    )
    return f"## Sources\n\n{said}\n\n{table(('database', 'shown by a value in', 'what differs'), rows)}" if rows else ""


def _sign(rule: Mapping[str, Any]) -> str:
    if rule["pattern"] in {"", "."}:
        return "any value"
    found = examples(rule["pattern"])
    like = f"such as {code(found[:_MOST])}{', ...' if len(found) > _MOST else ''}"
    return like if not rule.get("value") else "names it"


def _different(rule: Mapping[str, Any]) -> str:
    parts = [
        f"{PARTS[field].partition(':')[0] if field in PARTS else field} from {code(map(_tag, tags)) or 'nowhere else'}"
        for field, tags in rule.get("fields", {}).items()
        if field != "doi_anywhere" or tags
    ]
    parts += [
        f"{field} only where it looks like {code(examples(rule[field])[:1])}"
        for field in ("accession", "pmid")
        if field in rule
    ]
    parts += [f"kind is always {rule['kind']}"] if "kind" in rule else []
    return "; ".join(parts)


def _exporters(layout: Mapping[str, Any]) -> str:
    names = list(dict.fromkeys(each["name"] for each in layout.get("exporter", ())))
    return f"Tools that are recognised as writers of the file: {', '.join(names)}.\n" if names else ""


def kinds() -> str:
    """The kinds of a record: what sources call them, as codes and as words."""
    known = schema_toml("formats", "kinds.toml")
    names = dict.fromkeys((*known["codes"].values(), *(each["kind"] for each in known["words"])))
    rows = [
        (
            f"`{name}`",
            code(found for found, kind in known["codes"].items() if kind == name),
            code(text for each in known["words"] if each["kind"] == name for text in examples(each["pattern"])),
        )
        for name in names
    ]
    return table(("kind", "codes", "publication types that hold words such as"), rows)


def examples(pattern: str) -> list[str]:
    """Short texts that a pattern finds, one for each way in which it may be met."""
    parser: Any = import_module("re._parser")  # the only parser of these patterns; Python gives it no public name
    found = dict.fromkeys(text.strip() for text in _ways(parser.parse(pattern)))
    return [text for text in found if re.search(pattern, text)]


def _ways(parts: Iterable[Any]) -> list[str]:
    choices = [_ways_of(str(kind), value) for kind, value in parts]
    return ["".join(texts) for texts in product(*choices)]


def _ways_of(kind: str, value: Any) -> list[str]:  # noqa: ANN401 as `re` describes a part of a pattern
    if kind in {"MAX_REPEAT", "MIN_REPEAT"}:
        least, most, inner = value
        return [_repeated(inner, least, most)] if most > 1 else [""] * (least == 0) or _ways(inner)
    if kind in {"BRANCH", "SUBPATTERN"}:
        branches = value[1] if kind == "BRANCH" else [value[3]]
        return [text for branch in branches for text in _ways(branch)]
    if kind == "LITERAL":
        return [chr(value)]
    if kind in {"ANY", "NOT_LITERAL"}:
        return ["x"]
    if kind == "ASSERT_NOT" and str(value[1][0][0]) == "AT":
        return ["…"]  # not at the begin of the text
    return [_one_of(value)] if kind == "IN" else [""]  # a place in the text, or what must not follow


def _repeated(inner: Iterable[Any], least: int, most: int) -> str:
    once = _ways(inner)[0]
    if not once.isdigit():
        return once * least
    n = max(least, 1) if most == least else max(least, 3)
    return "1234567890123456"[:n]


def _one_of(members: Sequence[tuple[Any, Any]]) -> str:
    kind, value = str(members[0][0]), members[0][1]
    if kind == "LITERAL":
        return chr(value)
    if kind == "RANGE":
        return chr(value[0])
    return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " "}.get(str(value), "x")


_MARKS = Record(
    kind="journal",
    title="Markedtitle",
    authors=("Markedauthors, A.",),
    year=2001,
    journal="Markedjournal",
    journal_abbreviation="Markedjournalabbreviation",
    volume="9007",
    issue="9008",
    pages="9009-9010",
    doi="10.1000/markeddoi",
    pmid="90000013",
    pmcid="PMC9000014",
    abstract="Markedabstract",
    accession="MARKEDACCESSION",
    issn=("1234-5679",),
    isbn="9783161484100",
    language="Markedlanguage",
    keywords=("Markedkeywords",),
    registry_ids=("NCT00000123",),
    publication_types=("Markedtypes",),
    url="https://marked.example.org/url",
    database="Markeddatabase",
)
"""A record each field of which can be told in what is written."""


def _written(name: str) -> str:
    if name not in WRITERS:
        return ""
    how = "--for asreview --format csv" if name == "csv" else f"--format {name}"
    said = f"`export records {how}` writes:"
    return f"## Written\n\n{said}\n\n{table(('field', 'written to'), _rows_written(name, name))}"


def layouts() -> str:
    """What the layouts for other programs hold, which are not formats of their own."""
    named = {
        "RIS for other programs": ("plain_ris", "ris"),
        "CSV for Rayyan": ("rayyan_csv", "csv"),
        "CSV for SRDR+": ("srdr_csv", "csv"),
    }
    held = {words: dict(_rows_written(how, form)) for words, (how, form) in named.items()}
    rows = [
        (f"`{field.name}`", *(each.get(f"`{field.name}`", "") for each in held.values())) for field in fields_of(Record)
    ]
    return table(("field", *held), rows)


def _rows_written(how: str, form: str) -> list[tuple[str, str]]:
    stream = io.StringIO()
    writer(how)((_MARKS,), stream)
    tags = list(_pairs(stream.getvalue(), form))
    rows = []
    for field in fields_of(Record):
        value = getattr(_MARKS, field.name)
        wanted = [str(each).partition(",")[0] for each in (value if isinstance(value, tuple) else (value,))]
        if field.name == "pages":
            wanted = value.split("-")
        if field.name == "kind":
            wanted = ["JOUR", "article-journal", "Journal Article", "journal", "article"]
        found = [tag for tag, text in tags if any(_holds(text, each, field.name) for each in wanted)]
        if found:
            rows.append((f"`{field.name}`", code(dict.fromkeys(found))))
    return rows


def _holds(text: str, mark: str, field: str) -> bool:
    if field == "kind":
        return text.strip() == mark
    return re.search(rf"(?<!\w){re.escape(mark)}(?!\w)", text) is not None


def _pairs(text: str, form: str) -> Iterator[tuple[str, str]]:
    if form == "csl_json":
        for key, value in json.loads(text)[0].items():
            yield key, value if isinstance(value, str) else re.sub(r'[\[\]{}"]+', " ", json.dumps(value))
        return
    for raw in open_export(text.encode(), "marked").records():
        yield from raw.tags
