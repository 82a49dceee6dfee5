"""Writes invented reports as RIS, in the dialects of databases and reference managers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.made_works import MONTHS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bench.made_works import Work

    Tags = Iterator[tuple[str, object]]


def million_lines() -> bytes:
    """RIS of 111,112 small records on nine lines each: a million lines, 15 MB."""
    return "".join(
        f"TY  - JOUR\nAU  - Author, {i % 7919}\nTI  - Effect of drug {i}\nPY  - {1990 + i % 35}\n"
        f"JO  - J Made Res\nDO  - 10.5555/made.{i}\nKW  - drug {i % 97}\nER  - \n\n"
        for i in range(111_112)
    ).encode()


def lines_of(tags: Callable[[Work], Tags], newline: str = "\n", end: str = "ER  - ") -> Callable[[Work], str]:
    def write(work: Work) -> str:
        lines = (f"{tag}  - {value}" for tag, value in tags(work) if value)
        return newline.join((*lines, end, "", ""))

    return write


def _embase(work: Work) -> Tags:
    accession = f"L{2_000_000_000 + work.number}"
    yield from (("TY", "JOUR"), ("M3", "Article"), ("Y1", work.year), ("VL", work.volume), ("IS", work.month))
    yield from (("SP", work.first_page), ("EP", work.last_page), ("SN", work.journal.issn), ("SN", work.journal.issn))
    yield from (("JF", work.journal.name), ("JO", work.journal.abbreviation.replace(" ", ". ")))
    yield "UR", f"https://www.embase.com/search/results?subaction=viewrecord&id={accession}&from=export"
    yield from (("U2", accession), ("C5", work.pmid), ("DB", "Embase"), ("DB", "Medline"))
    yield from (("U3", f"{work.year}-{work.month:02d}-01"), ("U4", f"{work.year}-{work.month:02d}-09"))
    yield from (("L2", f"http://dx.doi.org/{work.doi}"), ("DO", work.doi))
    yield "LK", f"https://resolver.example.org/link?sid=EMBASE&id=doi:{work.doi.replace('/', '%2F')}&spage=1"
    yield from (("A1", f"{author.family}, {'.'.join(author.initials)}.") for author in work.authors)
    yield from (("M1", f"({work.authors[0].family}) {place}") for place in work.places)
    yield from (("AD", f"{work.authors[0].family}, {place}") for place in work.places)
    yield from (("T1", work.title), ("LA", "English"))
    yield from (("KW", word) for word in work.keywords)
    yield "N2", " ".join(f"{heading}: {text}" for heading, text in work.sections)


def _ovid(work: Work) -> Tags:
    accession = 2_010_000_000 + work.number
    yield from (("TY", "JOUR"), ("DB", "Embase <2020 to 2024 March 01>"), ("AN", accession), ("ID", accession))
    yield from (("T1", work.title), *(("A1", f"{author.family} {author.initials}") for author in work.authors))
    yield from (("Y1", f"{work.year}//"), ("N2", f"{work.abstract} Copyright \u00a9 {work.year}"))
    yield from (("KW", word) for word in work.keywords)
    yield from (("JF", work.journal.name), ("JA", work.journal.abbreviation), ("LA", "English"), ("VL", work.volume))
    yield from (("IS", work.month), ("SP", f"{work.first_page}-{work.last_page}"), ("SN", work.journal.issn))
    yield from (("AD", place) for place in work.places)
    yield from (("DO", f"https://dx.doi.org/{work.doi}"), ("PT", "Article"))
    yield "UR", f"https://ovidsp.ovid.com/ovidweb.cgi?T=JS&CSC=Y&NEWS=N&PAGE=fulltext&D=emed23&AN={accession}"


def _ovid_numbered(work: Work) -> str:
    return f"{work.number}. \r\n" + lines_of(_ovid, "\r\n")(work)


def _scopus(work: Work) -> Tags:
    yield from (("TY", "JOUR"), *(("AU", f"{a.family}, {'.'.join(a.initials)}.") for a in work.authors))
    yield from (("TI", work.title), ("PY", work.year), ("T2", work.journal.name), ("VL", work.volume))
    yield from (("IS", work.month), ("SP", work.first_page), ("EP", work.last_page), ("DO", work.doi))
    eid = f"2-s2.0-85{work.number:09d}"
    escaped = work.doi.replace("/", "%2f")
    yield "UR", f"https://www.scopus.com/inward/record.uri?eid={eid}&doi={escaped}&partnerID=40&md5={work.number:032x}"
    yield from (("AD", place) for place in work.places)
    yield from (("AB", f"{work.abstract} \u00a9 {work.year} The Authors."), *(("KW", word) for word in work.keywords))
    yield from (("PB", "Synthetic Press"), ("SN", f"{work.journal.issn.replace('-', '')} (ISSN)"), ("LA", "English"))
    yield from (("J2", work.journal.abbreviation), ("M3", "Article"), ("DB", "Scopus"), ("C2", work.pmid))
    yield "N1", f"Export Date: 05 March 2024; Cited By: {work.number % 90}"


def _wos(work: Work) -> Tags:
    yield from (("TY", "JOUR"), *(("AU", f"{author.family}, {author.initials}") for author in work.authors))
    yield from (("TI", work.title), ("T2", work.journal.name.upper()), ("LA", "English"))
    yield from (("KW", word) for word in work.keywords)
    # Web of Science parts the affiliations, and its own number from the index, by a lone carriage return.
    yield from (("AB", work.abstract), ("AD", "\rAD  - ".join(work.places)))
    yield from (("PU", "SYNTHETIC PRESS"), ("PI", "NORVALIA"), ("PA", "1 LINDEN RD, NORVALIA"))
    yield from (("SN", work.journal.issn), ("J9", work.journal.abbreviation.upper()), ("DA", MONTHS[work.month - 1]))
    yield from (("PY", work.year), ("VL", work.volume), ("IS", work.month), ("SP", work.first_page))
    yield from (("EP", work.last_page), ("DO", work.doi))
    yield "WE", f"Science Citation Index Expanded (SCI-EXPANDED)\rAN  - WOS:{work.number:015d}"
    cited = f"Times Cited in Web of Science Core Collection:  {work.number % 90}"
    yield "N1", f"{cited}\nTotal Times Cited:  {work.number % 97}\nCited Reference Count:  {work.number % 60}"


def _zotero(work: Work) -> Tags:
    yield from (("TY", "JOUR"), ("TI", work.title))
    yield from (("AU", f"{author.family}, {author.given}") for author in work.authors)
    yield from (("T2", work.journal.name), ("AB", work.abstract))
    yield from (("DA", f"{work.year}/{work.month:02d}/{work.day:02d}/"), ("PY", work.year), ("DO", work.doi))
    yield from (("DP", "PubMed"), ("VL", work.volume), ("IS", work.month), ("SP", work.first_page))
    yield from (("EP", work.last_page), ("J2", work.journal.abbreviation), ("LA", "eng"), ("SN", work.journal.issn))
    yield from (("UR", f"https://doi.org/{work.doi}"), ("Y2", "2024/03/05/10:12:44"))
    yield from (("L1", f"files/{work.number}/fulltext.pdf"), ("N1", f"PMID: {work.pmid}"))
    yield from (("KW", word) for word in work.keywords)


def _endnote(work: Work) -> Tags:
    yield from (("TY", "JOUR"), ("AB", work.abstract), ("AD", "\n".join(work.places)), ("AN", work.pmid))
    yield from (("AU", f"{author.family}, {'. '.join(author.initials)}.") for author in work.authors)
    yield from (("DA", f"{MONTHS[work.month - 1]} {work.day}"), ("DO", work.doi), ("ET", f"{work.year}/01/02"))
    yield from (("IS", work.month), ("J2", work.journal.abbreviation), ("KW", "\n".join(work.keywords)), ("LA", "eng"))
    yield from (("N1", f"1432-0584\n{'; '.join(work.places)}\nJournal Article"), ("PY", work.year))
    yield from (("SN", f"{work.journal.issn} (Print)\n{work.journal.issn}"), ("ST", work.title))
    yield from (("SP", f"{work.first_page}-{work.last_page}"), ("T2", work.journal.name), ("TI", work.title))
    yield from (("UR", f"https://doi.org/{work.doi}"), ("VL", work.volume), ("ID", work.number))


# Name of the file: what stands before the records, and what writes one.
DIALECTS: dict[str, tuple[str, Callable[[Work], str]]] = {
    "embase.ris": ("", lines_of(_embase)),
    "ovid.ris": ("", _ovid_numbered),
    "scopus.ris": ("\ufeff", lines_of(_scopus)),
    "wos.ris": ("\ufeff", lines_of(_wos, end="ER  -")),
    "zotero.ris": ("", lines_of(_zotero, "\r\n")),
    "endnote.ris": ("\ufeff", lines_of(_endnote)),
}
