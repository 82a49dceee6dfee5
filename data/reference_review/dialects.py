"""The layouts in which the four databases export: PubMed's nbib, Embase.com's RIS, Web of Science's ciw, CENTRAL's."""

from __future__ import annotations

import textwrap
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import quote

from data.reference_review.words import PLACES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from data.reference_review.records import SourceRecord
    from data.reference_review.words import Journal

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LANGUAGES = {"English": "eng", "German": "ger", "Spanish": "spa", "French": "fre"}
_PUBMED_TYPES = {
    "review": "Review",
    "letter": "Letter",
    "editorial": "Editorial",
    "erratum": "Published Erratum",
    "article": "Journal Article",
    "conference": "Journal Article",
}
_EMBASE_TYPES = {
    "review": "Review",
    "letter": "Letter",
    "editorial": "Editorial",
    "erratum": "Erratum",
    "article": "Article",
    "conference": "Conference Abstract",
}
_WOS_TYPES = _EMBASE_TYPES | {
    "erratum": "Correction",
    "conference": "Meeting Abstract",
    "editorial": "Editorial Material",
}
_KEYWORDS = ("blinatumomab", "drug efficacy", "human", "lymphoblast", "major clinical study", "relapse", "T lymphocyte",
             "cytokine release", "remission", "follow up", "bispecific antibody", "survival")  # fmt: skip


def _chance(record: SourceRecord) -> Random:
    """Chance of a record's own, so that no record's lines depend on another's."""
    return Random(f"{record.work.work_id} {record.source} {record.accession}")


def _date(record: SourceRecord) -> str:
    rng = _chance(record)
    return f"{record.year}-{record.work.month or 1:02d}-{rng.randint(1, 28):02d}"


def _range(record: SourceRecord, dash: str = "-") -> str:
    if record.article_number:
        return record.article_number
    return f"{record.start_page}{dash}{record.end_page}" if record.end_page else record.start_page


# PubMed


def _nbib_line(tag: str, value: str) -> str:
    """A tag with its value, wrapped as PubMed wraps it: the space stays at the end of the line."""
    lines = textwrap.wrap(value, 82, break_long_words=False, break_on_hyphens=False) or [""]
    return f"{tag:<4}- " + " \r\n      ".join(lines)


def _pubmed_date(record: SourceRecord) -> str:
    work = record.work
    return f"{work.year} {_MONTHS[work.month - 1]}" if work.month else str(work.year)


def _nbib_tags(record: SourceRecord) -> Iterable[tuple[str, str]]:
    work = record.work
    yield from (("PMID", record.accession), ("OWN", "NLM"), ("STAT", "MEDLINE"))
    if work.journal.issn:
        yield "IS", f"{work.journal.issn} (Electronic)"
        yield "IS", f"{work.journal.issn} (Linking)"
    yield from (("VI", record.volume), ("IP", record.issue), ("DP", _pubmed_date(record)), ("TI", record.title))
    yield "PG", _range(record)
    if record.doi:
        yield "LID", f"{record.doi} [doi]"
    yield "AB", " ".join(f"{heading.upper()}: {text}" for heading, text in record.abstract)
    for author in record.authors:
        yield "FAU", f"{author.family}, {author.given}"
        yield "AU", f"{author.family} {author.initials}"
        if not work.is_real and author is record.authors[0]:
            yield "AD", f"Department of Hematology, University of {_chance(record).choice(PLACES)}."
    if "group-author" in record.pattern:
        yield "CN", "Synthetic Leukemia Study Group"
    yield from (("LA", _LANGUAGES[work.language]), ("PT", _PUBMED_TYPES[work.kind]))
    yield "TT", work.vernacular
    if work.epub_year and not work.is_real:
        yield "DEP", f"{work.epub_year}1{_chance(record).randint(0, 2)}15"
    yield from (("TA", work.journal.abbreviation), ("JT", work.journal.name), ("SB", "IM"))
    if not work.is_real:
        yield from (("MH", f"*{word.capitalize()}") for word in _chance(record).sample(_KEYWORDS, 4))
    yield "PMC", work.pmcid
    if not work.is_real:
        yield from (("OTO", "NOTNLM"), ("OT", "blinatumomab"), ("EDAT", f"{_date(record).replace('-', '/')} 06:00"))
        yield "PHST", f"{_date(record).replace('-', '/')} 00:00 [accepted]"
    if record.doi:
        yield "AID", f"{record.doi} [doi]"
    yield "PST", "ppublish"
    issue = f"({record.issue})" if record.issue else ""
    ending = f" doi: {record.doi}." if record.doi else ""
    yield "SO", f"{work.journal.abbreviation}. {_pubmed_date(record)};{record.volume}{issue}:{_range(record)}.{ending}"


def nbib(records: Sequence[SourceRecord]) -> bytes:
    """PubMed's format, with the CRLF that its download has."""
    blocks = ("\r\n".join(_nbib_line(tag, value) for tag, value in _nbib_tags(record) if value) for record in records)
    return ("\r\n\r\n".join(blocks) + "\r\n").encode()


# Embase


def _dotted(journal: Journal) -> str:
    """The abbreviation with dots after the words that are cut."""
    whole = {word.strip("(:,)").lower() for word in journal.name.split(" ")}
    words = journal.abbreviation.split(" ")
    return " ".join(word if word.startswith("(") or word.lower() in whole else f"{word}." for word in words)


def _initials_with_dots(initials: str) -> str:
    return "".join(f"{letter}." for letter in initials)


def _resolver(record: SourceRecord) -> str:
    doi = f"&id=doi:{quote(record.doi, safe='')}" if record.doi else ""
    return f"https://resolver.example.org/link?sid=EMBASE{doi}&volume={record.volume}&spage={record.start_page}"


def _embase_tags(record: SourceRecord) -> Iterable[tuple[str, str]]:
    work, rng = record.work, _chance(record)
    yield "TY", "JOUR"
    yield "M3", "Article in Press" if record.in_press else _EMBASE_TYPES[work.kind]
    yield from (("Y1", str(record.year)), ("VL", record.volume), ("IS", record.issue))
    yield from (("SP", record.start_page or record.article_number), ("EP", record.end_page))
    yield "SN", "null" if "issn-null" in record.pattern else work.journal.issn
    yield from (("JF", record.journal), ("JO", _dotted(work.journal)))
    yield "UR", f"https://www.embase.com/search/results?subaction=viewrecord&id={record.accession}&from=export"
    yield from (("U2", record.accession), ("C5", record.pmid), ("DB", "Embase"))
    if record.pmid:
        yield "DB", "Medline"
    if not work.is_real:
        yield from (("U3", _date(record)), ("U4", _date(record)))
    if record.doi:
        yield from (("L2", f"http://dx.doi.org/{record.doi}"), ("DO", record.doi))
    yield "LK", _resolver(record)
    for author in record.authors:
        yield "A1", f"{author.family}, {_initials_with_dots(author.initials) if author.initials else author.given}"
    if not work.is_real and record.authors:
        first, place = record.authors[0], rng.choice(PLACES)
        name = f"{first.family} {_initials_with_dots(first.initials)}"
        yield "M1", f"({name}) Department of Haematology, University of {place}, {place}"
        yield "AD", f"{name}, Department of Haematology, University of {place}, {place}"
    yield from (("T1", record.title), ("LA", work.language))
    if not work.is_real:
        yield from (("KW", word) for word in sorted(rng.sample(_KEYWORDS, 5)))
    yield "N2", " ".join(f"{heading}: {text}" for heading, text in record.abstract)


def embase(records: Sequence[SourceRecord]) -> bytes:
    """Embase.com's RIS; where a Windows-1252 dash is planted, the title's line is in that code page."""
    out = bytearray()
    for record in records:
        for tag, value in _embase_tags(record):
            if tag == "T1" and "cp1252-dash" in record.pattern:
                dashed = value.replace(": ", " \u2013 ", 1)
                out += f"{tag}  - {dashed}\n".encode("cp1252")
            elif value:
                out += f"{tag}  - {value}\n".encode()
        out += b"ER  - \n\n"
    return bytes(out)


# Web of Science


def _ciw_lines(tag: str, values: Sequence[str]) -> str:
    return f"{tag} " + "\n   ".join(values) + "\n"


def _ciw_tags(record: SourceRecord) -> Iterable[tuple[str, Sequence[str]]]:
    work, rng = record.work, _chance(record)
    yield "PT", ("S" if "series" in record.pattern else "J",)
    yield "AU", [f"{author.family}, {author.initials}" for author in record.authors]
    yield "AF", [f"{author.family}, {author.given}" for author in record.authors]
    yield "TI", textwrap.wrap(record.title, 80, break_long_words=False, break_on_hyphens=False)
    yield "SO", (record.journal,)
    if "series" in record.pattern:
        yield "SE", ("SYNTHETIC SERIES IN HEMATOLOGY",)
    yield from (("LA", ("English",)), ("DT", (_WOS_TYPES[work.kind],)))
    if work.kind == "conference" and not work.is_real:
        place = rng.choice(PLACES)
        yield from (("CT", (f"Annual Congress of {place}",)), ("CY", (f"{record.year}",)), ("CL", (place.upper(),)))
    if not work.is_real:
        yield "DE", ("; ".join(sorted(rng.sample(_KEYWORDS, 4))),)
    yield "AB", [text for _, text in record.abstract]
    if not work.is_real and record.authors:
        first, place = record.authors[0], rng.choice(PLACES)
        yield "C1", (f"[{first.family}, {first.given}] Univ {place}, Dept Hematol, {place}.",)
        yield "RP", (f"{first.family}, {first.initials} (corresponding author), Univ {place}, {place}.",)
        yield from (("NR", (str(rng.randint(3, 70)),)), ("TC", (str(rng.randint(0, 90)),)))
    if work.journal.issn:
        yield "SN", (work.journal.issn,)
    yield from (("J9", (work.journal.abbreviation.upper(),)), ("JI", (_dotted(work.journal),)))
    if work.month and not record.in_press:
        yield "PD", (_MONTHS[work.month - 1].upper(),)
    yield from (("PY", (str(record.year),)), ("VL", (record.volume,)))
    if record.issue.startswith("Suppl"):
        yield "SU", (record.issue.removeprefix("Suppl").strip() or "S",)
    else:
        yield "IS", (record.issue,)
    yield from (("BP", (record.start_page,)), ("EP", (record.end_page,)), ("AR", (record.article_number,)))
    yield "DI", (record.doi,)
    if set(record.pattern) & {"early-access", "early-access-only"}:
        yield "EA", (f"{rng.choice(('OCT', 'NOV', 'DEC'))} {work.epub_year}",)
    yield from (("UT", (record.accession,)), ("PM", (record.pmid,)), ("DA", ("2022-07-16",)))


def ciw(records: Sequence[SourceRecord]) -> bytes:
    """Web of Science's tagged format, with the byte order mark that its download has."""
    blocks = (
        "".join(_ciw_lines(tag, values) for tag, values in _ciw_tags(record) if any(values)) + "ER\n\n"
        for record in records
    )
    return ("\ufeffFN Clarivate Analytics Web of Science\nVR 1.0\n" + "".join(blocks) + "EF").encode()


# Cochrane


def _central_tags(record: SourceRecord) -> Iterable[tuple[str, str]]:
    work = record.work
    registers = work.kind == "registry"
    yield from (("TY", "JOUR"), ("AN", record.accession))
    for author in record.authors:
        yield "AU", f"{author.family}, {author.initials}"
    if "authors-cut" in record.pattern:
        yield "AU", "et al."
    yield "TI", record.title
    registry = f"https://clinicaltrials.gov/show/{work.registry_id}"
    if registers and not work.registry_id.startswith("NCT"):
        registry = f"https://www.clinicaltrialsregister.eu/ctr-search/search?query={work.registry_id}"
    yield from (("JA", registry if registers else record.journal), ("PY", str(record.year)))
    yield from (("VL", record.volume), ("IS", record.issue), ("SP", _range(record, "\u2010")))
    if registers:
        yield (
            "C3",
            f"CTgov {work.registry_id}" if work.registry_id.startswith("NCT") else f"ICTRP EUCTR{work.registry_id}",
        )
    elif record.pmid:
        yield "C3", f"PUBMED {record.pmid}"
    kinds = {"registry": "Trial registry record", "conference": "Journal article; Conference proceeding"}
    yield "M3", kinds.get(work.kind, "Journal article")
    if not work.is_real:
        yield from (("KW", word.capitalize()) for word in sorted(_chance(record).sample(_KEYWORDS, 4)))
    yield "DO", record.doi
    yield "AB", " ".join(f"{heading.upper()}: {text}" for heading, text in record.abstract)
    yield "UR", f"https://www.cochranelibrary.com/central/doi/10.1002/central/{record.accession}/full"


def central(records: Sequence[SourceRecord]) -> bytes:
    """CENTRAL's RIS: a header before each record, and two spaces after the dash."""
    blocks = []
    for number, record in enumerate(records, 1):
        head = f"Record #{number} of {len(records)}\nProvider: John Wiley & Sons, Ltd.\n"
        head += 'Content: text/plain; charset="UTF-8"\n\n'
        blocks.append(head + "".join(f"{tag}  -  {value}\n" for tag, value in _central_tags(record) if value))
    return ("\n\n".join(f"{block}ER  -  \n" for block in blocks) + "\n").encode()
