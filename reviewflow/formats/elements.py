"""XML exports, cut at their record elements and parsed one element at a time: bounded memory, no entity, no network.

An element is cut out of the bytes before any XML parser sees it, so no document type, and with it no entity of the
file's own, ever reaches the parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html.entities import html5
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError, fromstring

from reviewflow.domain.record import RawRecord, Repair
from reviewflow.resources import schema_toml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewflow.formats.source import Source

_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31};)")
_LONE_AMPERSAND = re.compile(r"&(?![A-Za-z#][A-Za-z0-9]{0,31};)")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_MARKS = re.compile(
    rb"<\?[^<>]*\?>|<!--(?:[^-]|-(?!-))*+-->|<!DOCTYPE[^<>\[]*(?:\[[^\]\[]*\]\s*)?>|<!\[CDATA\[|</?[A-Za-z_][^<>]*>"
)
_DEEPEST = 100  # PubMed nests 9 deep
_OPEN_TAG = re.compile(rb"<([A-Za-z_][\w.:-]*)")


@dataclass(frozen=True, slots=True)
class Layout:
    """How an XML format lays out its records.

    Attributes:
        start: Finds the start tag of a record; its group 1 is the element's name.
        frames: Elements around the records.
        inline: Elements that only mark up text.
        qualifiers: Attributes whose value belongs to the tag, as in "ArticleId[doi]".
        labels: Elements that carry a label in an attribute, which goes in front of their text.
        attributes: Elements whose value is an attribute.
        people: Elements that hold a name in parts: family, given, group.
    """

    start: re.Pattern[bytes]
    frames: frozenset[bytes]
    inline: frozenset[str]
    qualifiers: tuple[str, ...]
    labels: dict[str, str]
    attributes: dict[str, str]
    people: dict[str, dict[str, list[str]]]


@cache
def layout(name: str) -> Layout:
    """The layout in `schemas/formats/NAME.toml`."""
    table = schema_toml("formats", f"{name}.toml")["elements"]
    records = "|".join(map(re.escape, table["records"]))
    return Layout(
        start=re.compile(rf"<({records})(?=[\s/>])[^<>]*>".encode()),
        frames=frozenset(frame.encode() for frame in table["frames"]),
        inline=frozenset(table.get("inline", ())),
        qualifiers=tuple(table.get("qualifiers", ())),
        labels=table.get("labels", {}),
        attributes=table.get("attributes", {}),
        people=table.get("people", {}),
    )


def read(source: Source, name: str) -> Iterator[RawRecord]:
    """The records of an XML file in the format NAME, one after the other."""
    rules = layout(name)
    body = source.body
    covered = ordinal = at = 0
    while found := rules.start.search(body, at):
        begin = found.start()
        at = _end_of(body, found, rules)
        if not _is_frame(body[covered:begin], rules):
            source.leave(covered, begin)
            covered = begin
        tags = _tags_of(_parsed(source, begin, at), rules)
        at = at if rules.start.search(body, at) else _tail(body, at, rules)
        if tags is None:
            source.n_rejected += 1
            source.leave(covered, at)
        else:
            ordinal += 1
            if len(tags) == 1:
                source.repairs.append(Repair(source.line_at(begin), "the record holds no field: it is counted"))
            yield RawRecord(ordinal, source.line_at(begin), source.origin(covered), source.origin(at), tags)
        covered = at
    if not _is_frame(body[covered:], rules):
        source.leave(covered, len(body))
    _report_break(source, rules)


def _end_of(body: bytes, found: re.Match[bytes], rules: Layout) -> int:
    """Where the element ends that a start tag begins: at its end tag; else where the next begins or the file ends."""
    if found.group().endswith(b"/>"):
        return found.end()
    following = rules.start.search(body, found.end())
    edge = following.start() if following else len(body)
    closing = re.compile(rb"</" + re.escape(found.group(1)) + rb"\s*>").search(body, found.end(), edge)
    return closing.end() if closing else edge


def _tail(body: bytes, at: int, rules: Layout) -> int:
    return len(body) if _is_frame(body[at:], rules) else at


def _is_frame(gap: bytes, rules: Layout) -> bool:
    """Whether nothing but blanks, declarations, comments and the elements around records stand in a gap."""
    if any(name not in rules.frames for name in _OPEN_TAG.findall(gap)):
        return False
    return not _MARKS.sub(b"", gap).strip(b" \t\r\n\x00\x1a\xef\xbb\xbf")


def _report_break(source: Source, rules: Layout) -> None:
    """Report a file that ends before the element around its records does: the download broke off."""
    root = next((name for name in _OPEN_TAG.findall(source.body[:65536])), b"")
    if root in rules.frames and b"</" + root not in source.body[-65536:] and not source.n_rejected:
        source.n_rejected += 1
        line = source.line_at(len(source.body))
        source.repairs.append(Repair(line, f"the file breaks off before </{root.decode()}>: records are missing"))


def _parsed(source: Source, begin: int, end: int) -> Element | None:
    """One element; None where it is broken. What XML forbids and exports write is taken out and reported."""
    text = source.text(begin, end)
    if "<!" in text and ("<!DOCTYPE" in text or "<!ENTITY" in text):
        return None
    if "&" in text:
        text = _NAMED.sub(_character, text)
    try:
        return fromstring(text)  # noqa: S314 - an element without a document type, see the module's words
    except ParseError:
        cleaned = _LONE_AMPERSAND.sub("&amp;", _FORBIDDEN.sub("", text))
    try:
        element = fromstring(cleaned)  # noqa: S314 - as above
    except ParseError:
        return None
    source.repairs.append(Repair(source.line_at(begin), "holds characters that XML forbids: left out"))
    return element


def _character(found: re.Match[str]) -> str:
    """The character of an entity that HTML knows and XML does not; what nobody knows stays as text."""
    return html5.get(found.group(1), f"&amp;{found.group(1)}").replace("<", "&lt;")


def _tags_of(record: Element | None, rules: Layout) -> tuple[tuple[str, str], ...] | None:
    """The tags of a record; None where it is broken, or nested deeper than any export is."""
    try:
        return None if record is None else tuple(_tags(record, rules))
    except RecursionError:
        return None


def _tags(record: Element, rules: Layout) -> Iterator[tuple[str, str]]:
    """The leaves of a record in the order of the file, each under the path that leads to it."""
    yield "record", record.tag
    for child in record:
        yield from _leaves(child, "", rules)


def _leaves(element: Element, path: str, rules: Layout) -> Iterator[tuple[str, str]]:
    name = element.tag
    if path.count("/") > _DEEPEST:
        raise RecursionError
    where = path + name
    for qualifier in rules.qualifiers:
        if qualifier in element.attrib:
            where = f"{where}[{element.attrib[qualifier]}]"
    if name in rules.attributes and rules.attributes[name] in element.attrib:
        yield where, element.attrib[rules.attributes[name]]
    elif name in rules.people and len(element):
        yield where, _person(element, rules.people[name])
    elif len(element) and any(child.tag not in rules.inline for child in element):
        for child in element:
            yield from _leaves(child, f"{where}/", rules)
    else:
        text = "".join(element.itertext()).strip()
        label = element.attrib.get(rules.labels[name], "") if name in rules.labels else ""
        if label and label != "UNLABELLED":
            text = f"{label}: {text}"
        if text:
            yield where, text


def _person(element: Element, parts: dict[str, list[str]]) -> str:
    """A name in one text, "Family, Given"."""

    def first(role: str) -> str:
        return next((text.strip() for tag in parts[role] if (text := element.findtext(tag))), "")

    family, given = first("family"), first("given")
    group = first("group")
    # The comma tells the name of a group from "Given Family".
    return (group if not group or "," in group else f"{group},") or (
        f"{family}, {given}" if family and given else family or given
    )
