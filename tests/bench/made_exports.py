"""Makes search exports of realistic length in the layouts of databases and reference managers, by a fixed seed."""

from __future__ import annotations

import csv
import io
import textwrap
from dataclasses import replace
from itertools import chain, cycle
from random import Random
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from tests.bench.made_ris import DIALECTS
from tests.bench.made_works import MONTHS, invented

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from data.reference_review.grammar import Author
    from tests.bench.made_works import Work

    Tags = Iterator[tuple[str, object]]

SEED = 20_200_329
_N_WORKS = 1_600
_LATEX = {"é": r"{\'e}", "ö": r"{\"o}", "ü": r"{\"u}", "ñ": r"{\~n}", "ø": r"{\o}", "%": r"\%", "&": r"\&", "_": r"\_"}


def made_exports(size_bytes: int) -> dict[str, bytes]:
    """Search exports by their names, each of about that size."""
    works = invented(Random(SEED), _N_WORKS)  # noqa: S311 - a fixed seed, not a secret
    return {name: _filled(works, size_bytes, *layout) for name, layout in _LAYOUTS.items()}


def _filled(works: list[Work], size_bytes: int, head: str, write: Callable[[Work], str], foot: str) -> bytes:
    """As many works as the size asks for; over again under new numbers where there are too few."""
    pieces, size = [head], 0
    for number, work in enumerate(cycle(works), 1):
        pieces.append(write(replace(work, number=number)))
        size += len(pieces[-1])
        if size >= size_bytes:
            break
    return "".join((*pieces, foot)).encode()


def _nbib_tags(work: Work) -> Tags:
    issn, pages = work.journal.issn, f"{work.first_page}-{work.last_page}"
    yield from (("PMID", work.pmid), ("OWN", "NLM"), ("STAT", "MEDLINE"), ("DCOM", f"{work.year}1105"))
    yield from (("LR", "20231213"), ("IS", f"{issn} (Electronic)"), ("IS", f"{issn} (Linking)"), ("VI", work.volume))
    yield from (("IP", work.month), ("DP", f"{work.year} {MONTHS[work.month - 1]}"), ("TI", f"{work.title}."))
    yield from (("PG", pages), ("LID", f"{work.doi} [doi]"), ("AB", work.abstract))
    for author, place in zip(work.authors, chain(work.places, [""] * len(work.authors)), strict=False):
        yield from (("FAU", f"{author.family}, {author.given}"), ("AU", f"{author.family} {author.initials}"))
        yield "AD", place and f"{place}."
    yield from (("LA", "eng"), ("PT", "Journal Article"), ("PT", "Multicenter Study"), ("PL", "Norvalia"))
    yield from (("TA", work.journal.abbreviation), ("JT", work.journal.name), ("JID", "99999999"), ("SB", "IM"))
    yield from (("MH", f"{word.capitalize()}/*drug therapy") for word in work.keywords)
    yield from (("OTO", "NOTNLM"), *(("OT", word) for word in work.keywords[:5]))
    date = f"{work.year}/{work.month:02d}/{work.day:02d}"
    yield from (("EDAT", f"{date} 06:00"), ("MHDA", f"{date} 06:01"), ("CRDT", f"{date} 05:30"))
    yield from (("PHST", f"{date} 00:00 [received]"), ("PHST", f"{date} 00:00 [accepted]"))
    yield from (("AID", f"{work.doi} [doi]"), ("PST", "ppublish"))
    yield "SO", f"{work.journal.abbreviation}. {work.year};{work.volume}({work.month}):{pages}. doi: {work.doi}."


def _nbib(work: Work) -> str:
    lines = []
    for tag, value in _nbib_tags(work):
        if value:
            wrapped = textwrap.wrap(str(value), 82, break_long_words=False, break_on_hyphens=False)
            lines.append(f"{tag:<4}- " + " \r\n      ".join(wrapped))
    return "\r\n".join((*lines, "", ""))


def _ciw(work: Work) -> str:
    tags: tuple[tuple[str, Iterable[str]], ...] = (
        ("PT", ("J",)),
        ("AU", [f"{author.family}, {author.initials}" for author in work.authors]),
        ("AF", [f"{author.family}, {author.given}" for author in work.authors]),
        ("TI", textwrap.wrap(work.title, 80)),
        ("SO", (work.journal.name.upper(),)),
        ("LA", ("English",)),
        ("DT", ("Article",)),
        ("DE", ("; ".join(work.keywords[:6]),)),
        ("ID", ("; ".join(work.keywords[6:]).upper(),)),
        ("AB", (work.abstract,)),
        ("C1", [f"[{work.authors[0].family}, {work.authors[0].given}] {place}." for place in work.places]),
        ("RP", (f"{work.authors[0].family} (corresponding author), {work.places[0]}.",)),
        ("NR", (str(work.number % 60),)),
        ("TC", (str(work.number % 90),)),
        ("PU", ("SYNTHETIC PRESS",)),
        ("SN", (work.journal.issn,)),
        ("J9", (work.journal.abbreviation.upper(),)),
        ("PD", (MONTHS[work.month - 1].upper(),)),
        ("PY", (str(work.year),)),
        ("VL", (work.volume,)),
        ("IS", (str(work.month),)),
        ("BP", (str(work.first_page),)),
        ("EP", (str(work.last_page),)),
        ("DI", (work.doi,)),
        ("UT", (f"WOS:{work.number:015d}",)),
        ("PM", (work.pmid,)),
        ("DA", ("2024-03-05",)),
    )
    return "".join(f"{tag} " + "\n   ".join(values) + "\n" for tag, values in tags) + "ER\n\n"


def _bibtex(work: Work) -> str:
    def latex(text: object) -> str:
        return "".join(_LATEX.get(letter, letter) for letter in str(text))

    first, _, rest = work.title.partition(" ")
    fields = {
        "title": f"{{{latex(first)}}} {latex(rest)}",
        "volume": work.volume,
        "issn": work.journal.issn,
        "url": f"https://doi.org/{work.doi}",
        "doi": work.doi,
        "abstract": latex(work.abstract),
        "language": "eng",
        "number": work.month,
        "journal": latex(work.journal.name),
        "author": " and ".join(f"{latex(a.family)}, {latex(a.given)}" for a in work.authors),
        "year": work.year,
        "note": f"PMID: {work.pmid}",
        "keywords": ", ".join(work.keywords),
        "pages": f"{work.first_page}--{work.last_page}",
    }
    family = "".join(letter for letter in work.authors[0].family.lower() if "a" <= letter <= "z")
    lines = (f"\t{name} = {{{value}}}," for name, value in fields.items())
    month = f"\tmonth = {MONTHS[work.month - 1].lower()},"
    return "\n".join((f"@article{{{family}_{work.year}_{work.number},", *lines, month, "}", "", ""))


_COLUMNS: dict[str, Callable[[Work], object]] = {
    "Authors": lambda work: "; ".join(f"{a.family}, {'.'.join(a.initials)}." for a in work.authors),
    "Title": lambda work: work.title,
    "Year": lambda work: work.year,
    "Source title": lambda work: work.journal.name,
    "Volume": lambda work: work.volume,
    "Issue": lambda work: work.month,
    "Art. No.": lambda _: "",
    "Page start": lambda work: work.first_page,
    "Page end": lambda work: work.last_page,
    "Cited by": lambda work: work.number % 90,
    "DOI": lambda work: work.doi,
    "Link": lambda work: f"https://www.scopus.com/inward/record.uri?eid=2-s2.0-85{work.number:09d}&partnerID=40",
    "Affiliations": lambda work: "; ".join(work.places),
    "Abstract": lambda work: work.abstract,
    "Author Keywords": lambda work: "; ".join(work.keywords[:6]),
    "Index Keywords": lambda work: "; ".join(work.keywords[6:]),
    "ISSN": lambda work: work.journal.issn.replace("-", ""),
    "PubMed ID": lambda work: work.pmid,
    "Language of Original Document": lambda _: "English",
    "Abbreviated Source Title": lambda work: work.journal.abbreviation,
    "Document Type": lambda _: "Article",
    "Source": lambda _: "Scopus",
    "EID": lambda work: f"2-s2.0-85{work.number:09d}",
}  # fmt: skip


def _row(cells: Iterable[object]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue()


def _csv(work: Work) -> str:
    return _row(cell(work) for cell in _COLUMNS.values())


def _xml(work: Work) -> str:
    def each(texts: Iterable[str]) -> str:
        return "\n".join(texts)

    text, date = escape, f"<Year>{work.year}</Year><Month>{work.month:02d}</Month><Day>{work.day:02d}</Day>"
    places = chain(work.places, [""] * len(work.authors))
    return f"""<PubmedArticle>
<MedlineCitation Status="MEDLINE" Owner="NLM" IndexingMethod="Curated">
<PMID Version="1">{work.pmid}</PMID>
<DateRevised>{date}</DateRevised>
<Article PubModel="Print">
<Journal><ISSN IssnType="Electronic">{work.journal.issn}</ISSN>
<JournalIssue CitedMedium="Internet"><Volume>{work.volume}</Volume><Issue>{work.month}</Issue>
<PubDate><Year>{work.year}</Year><Month>{MONTHS[work.month - 1]}</Month></PubDate></JournalIssue>
<Title>{text(work.journal.name)}</Title><ISOAbbreviation>{text(work.journal.abbreviation)}</ISOAbbreviation></Journal>
<ArticleTitle>{text(work.title)}.</ArticleTitle>
<Pagination><StartPage>{work.first_page}</StartPage><EndPage>{work.last_page}</EndPage>
<MedlinePgn>{work.first_page}-{work.last_page}</MedlinePgn></Pagination>
<ELocationID EIdType="doi" ValidYN="Y">{work.doi}</ELocationID>
<Abstract>
{each(f'<AbstractText Label="{label.upper()}">{text(said)}</AbstractText>' for label, said in work.sections)}
</Abstract>
<AuthorList CompleteYN="Y">
{each(_xml_author(*pair) for pair in zip(work.authors, places, strict=False))}
</AuthorList>
<Language>eng</Language>
<PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList>
</Article>
<MedlineJournalInfo><Country>Norvalia</Country><MedlineTA>{text(work.journal.abbreviation)}</MedlineTA>
<NlmUniqueID>99999999</NlmUniqueID><ISSNLinking>{work.journal.issn}</ISSNLinking></MedlineJournalInfo>
<MeshHeadingList>
{each(_XML_HEADING.format(word=text(word.capitalize())) for word in work.keywords)}
</MeshHeadingList>
</MedlineCitation>
<PubmedData>
<History><PubMedPubDate PubStatus="pubmed">{date}</PubMedPubDate></History>
<PublicationStatus>ppublish</PublicationStatus>
<ArticleIdList><ArticleId IdType="pubmed">{work.pmid}</ArticleId><ArticleId IdType="doi">{work.doi}</ArticleId>
</ArticleIdList>
</PubmedData>
</PubmedArticle>
"""


_XML_HEADING = (
    '<MeshHeading><DescriptorName UI="D000000" MajorTopicYN="N">{word}</DescriptorName>'
    '<QualifierName UI="Q000188" MajorTopicYN="Y">drug therapy</QualifierName></MeshHeading>'
)
_XML_HEAD = """<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2024//EN" \
"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_240101.dtd">
<PubmedArticleSet>
"""


def _xml_author(author: Author, place: str) -> str:
    family, given = escape(author.family), escape(author.given)
    names = f"<LastName>{family}</LastName><ForeName>{given}</ForeName><Initials>{author.initials}</Initials>"
    where = f"<AffiliationInfo><Affiliation>{escape(place)}.</Affiliation></AffiliationInfo>" if place else ""
    return f'<Author ValidYN="Y">{names}{where}</Author>'


# Name: what stands before the records, what writes one, what stands behind the last.
_LAYOUTS: dict[str, tuple[str, Callable[[Work], str], str]] = {
    **{name: (head, write, "") for name, (head, write) in DIALECTS.items()},
    "pubmed.nbib": ("", _nbib, ""),
    "wos.ciw": ("\ufeffFN Clarivate Analytics Web of Science\nVR 1.0\n", _ciw, "EF"),
    "zotero.bib": ("\n", _bibtex, ""),
    "scopus.csv": ("\ufeff" + _row(_COLUMNS), _csv, ""),
    "pubmed.xml": (_XML_HEAD, _xml, "</PubmedArticleSet>\n"),
}
