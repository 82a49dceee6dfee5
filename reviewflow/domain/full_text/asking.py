"""Where a full text can be asked for: a library's link resolver, and a letter to the authors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reviewflow.domain.record import Record

_ADDRESS: Final = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")
_FORMATS: Final = {"book": "book", "chapter": "book", "thesis": "dissertation"}
_TITLE_KEY: Final = {"book": "btitle", "thesis": "title"}


def link(record: Record, resolver: str) -> str:
    """The address at which a link resolver looks for a record.

    Args:
        record: The record.
        resolver: Address of the resolver, which may have a query of its own.

    Source:
        ANSI/NISO Z39.88-2004, the OpenURL framework: key/encoded-value formats for journals, books and dissertations.
    """
    kind = _FORMATS.get(record.kind, "journal")
    given = [
        ("url_ver", "Z39.88-2004"),
        ("rft_val_fmt", f"info:ofi/fmt:kev:mtx:{kind}"),
        *((f"rft.{key}", value) for key, value in _fields(record, kind)),
        *(("rft_id", f"info:{name}/{value}") for name, value in (("doi", record.doi), ("pmid", record.pmid)) if value),
    ]
    joint = "" if resolver.endswith(("?", "&")) else "&" if "?" in resolver else "?"
    return resolver + joint + urlencode(given)


def _fields(record: Record, kind: str) -> Iterator[tuple[str, str]]:
    """The fields of a record under the resolver's names, those that are given."""
    first, _, last = record.pages.partition("-")
    family, _, given_name = record.authors[0].partition(", ") if record.authors else ("", "", "")
    fields = {
        _TITLE_KEY.get(record.kind, "atitle"): record.title,
        "jtitle" if kind == "journal" else "btitle": "" if record.kind in _TITLE_KEY else record.journal,
        "date": str(record.year or ""),
        "volume": record.volume,
        "issue": record.issue,
        "spage": first,
        "epage": last,
        "issn": record.issn[0] if record.issn else "",
        "isbn": record.isbn,
        "aulast": family,
        "aufirst": given_name,
    }
    return ((key, value) for key, value in fields.items() if value)


def addresses(texts: Iterable[str]) -> tuple[str, ...]:
    """The e-mail addresses in some texts, each once, in order."""
    found = (each.group().rstrip(".") for text in texts if "@" in text for each in _ADDRESS.finditer(text))
    return tuple(dict.fromkeys(found))


def citation(record: Record) -> str:
    """A record in a line, as a list of references has it."""
    authors = "; ".join(record.authors[:6]) + ("; et al" if len(record.authors) > 6 else "")
    place = f"{record.journal} {record.year or ''}".strip()
    place += f";{record.volume}" if record.volume else ""
    place += f"({record.issue})" if record.issue else ""
    place += f":{record.pages}" if record.pages else ""
    names = (f"doi:{record.doi}" if record.doi else "", f"PMID {record.pmid}" if record.pmid else "")
    parts = (authors.rstrip("."), record.title.rstrip("."), place)
    return ". ".join(part for part in parts if part) + "." + "".join(f" {name}." for name in names if name)


def letter(record: Record, to: Iterable[str], review_title: str, sender: str) -> str:
    """A letter that asks the authors of a report for its full text.

    Args:
        record: The fields of the report.
        to: E-mail addresses that its records give.
        review_title: Title of the review.
        sender: Who asks.
    """
    family = record.authors[0].partition(",")[0] if record.authors else ""
    head = [f"To: {', '.join(to)}"] if any(to := tuple(to)) else []
    return "\n".join(
        [
            *head,
            f"Subject: Request for a full text: {record.title}",
            "",
            f"Dear {family}," if family else "Dear author,",
            "",
            f'for the systematic review "{review_title}" we look for the full text of this report:',
            "",
            citation(record),
            "",
            "Would you send us a copy, or tell us where it can be found? If it was never published in full,",
            "a word on that would help us too: we report what became of every text that we sought.",
            "",
            "With kind regards",
            sender,
            "",
        ]
    )
