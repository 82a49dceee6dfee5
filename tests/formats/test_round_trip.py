"""What is written is what was read: canonical fields through our own RIS, and bytes through the verbatim export."""

from __future__ import annotations

import re
from io import StringIO
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.record import Record
from reviewflow.errors import InputError
from reviewflow.formats import WRITERS, canonical, open_export, writer
from reviewflow.formats.verbatim import Cutter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewflow.domain.record import Tags

DIALECTS = {
    "Embase.com": """TY  - JOUR
ID  - L2003456789
T1  - Oak galls of the north
A1  - Rossi A.
A1  - Oak Study Group
Y1  - 2019//
JF  - Journal of Oaks
JO  - J. Oaks
SP  - 843
EP  - 54
DO  - https://dx.doi.org/10.5555/OAK.1
SN  - 1234-5679
C5  - 31234567
U2  - L2003456789
KW  - oak
KW  - gall wasp
DB  - Embase
DB  - Medline
UR  - https://www.embase.com/search/results?subaction=viewrecord&id=L2003456789
N2  - Background: oaks.
Results: galls.
ER  - """,
    "CENTRAL": """Record #1 of 1
Provider: John Wiley & Sons, Ltd.
Content: text/plain; charset="UTF-8"

TY  - JOUR
AN  - CN-01234567
TI  - Acorns against worry (NCT01234567)
AU  - Wéber, K
JA  - Acta Quercus
YR  - 2001
C3  - PUBMED 11223344
M3  - Journal article
AB  - One.
AB  - Two.
ER  - """,
    "Web of Science": """TY  - JOUR
AU  - van der Berg, A
TI  - Bark & bite
T2  - BARK
PY  - 2015
VL  - 3
IS  - 1
C7  - e00189-19
SN  - 0894-9867
AN  - WOS:000123456700001
AB  - p < 0.05
ER  - """,
    "Zotero": """TY  - CHAP
TI  - A chapter on leaves
T2  - Leaves
AU  - Leaf, null
AU  - van den Hoven, null
PY  - 2020
SN  - 978-3-16-148410-0
SP  - S12
EP  - S15
UR  - https://doi.org/10.5555/leaf.2
LA  - en
ER  - """,
    "Ovid": """1.
TY  - JOUR
DB  - Ovid MEDLINE(R) <1946 to May 2021>
AN  - 33445566
T1  - Twigs. [Review]
A1  - Twig, Tom
Y1  - 2018//
JF  - Twig Letters
IS  - 4
SP  - No
EP  - Specified
ER  - """,
    "registry": """TY  - GEN
TI  - A trial of acorns
AN  - EUCTR2011-001234-56
M3  - Trial registry record
Y1  - 2011
ER  - """,
}  # fmt: skip


def read(text: str) -> list[Record]:
    export = open_export(text.encode(), "written")
    return [canonical(raw, export.format) for raw in export.records()]


def as_ris(records: list[Record], name: str = "ris", more: Sequence[Tags] | None = None) -> str:
    stream = StringIO()
    write = writer(name)
    assert (write(records, stream) if more is None else write(records, stream, more)) == len(records)
    return stream.getvalue()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_record_of_any_dialect_is_written_as_ris_and_read_back_field_by_field(dialect: str) -> None:
    (record,) = read(DIALECTS[dialect] + "\n")
    assert record.title
    assert read(as_ris([record])) == [record]


def test_the_fields_that_sources_hide_are_read_before_they_are_written() -> None:
    embase, central, wos, chapter, ovid, trial = (read(text + "\n")[0] for text in DIALECTS.values())
    assert (embase.pmid, embase.accession, embase.database) == ("31234567", "L2003456789", "Embase")
    assert embase.abstract == "Background: oaks.\nResults: galls."
    assert (central.pmid, central.abstract) == ("11223344", "One.\n\nTwo.")
    assert (wos.pages, wos.database) == ("e00189-19", "Web of Science")
    assert (chapter.authors, chapter.doi) == (("Leaf", "van den Hoven"), "10.5555/leaf.2")
    assert ovid.database == "Ovid MEDLINE(R)"
    assert (trial.kind, trial.registry_ids) == ("registry", ("EUCTR2011-001234-56",))


WORD = st.text(st.characters(codec="utf-8", categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F), min_size=2, max_size=8)
WORDS = st.lists(WORD | st.sampled_from(["TY  - ", "ER", "-", "<", "&", "50%", ";"]), max_size=6).map(" ".join)
VALUE = WORDS | st.sampled_from(["10.5555/x", "NCT01234567", "L2003456789", "1234-5679", "843-54", "Embase", "2019"])
TAGS = re.findall(
    r"\w+", "TI T1 PY Y1 T2 JO JF J2 VL IS SP EP C7 DO UR L2 SN AN U2 ID C5 C3 KW LA M3 DB DP N1 N2 AB CN PMID"
)
LETTERS = st.text(st.characters(codec="ascii", categories=["Lu", "Ll"]), min_size=1, max_size=8).filter(
    lambda word: word != "null"  # stands for no given name
)
# A name that ends in a number or a mark is not read as what it says: Ovid numbers its authors' addresses so.
NAME = st.lists(LETTERS | st.just("van"), min_size=1, max_size=3).map(" ".join) | st.builds(
    "{}, {}".format, LETTERS, LETTERS | st.just("null")
)
FIELD = st.tuples(st.sampled_from(TAGS), VALUE) | st.tuples(st.sampled_from(["AU", "A1"]), NAME)
ENTRY = st.lists(FIELD, min_size=1, max_size=12)


@given(st.sampled_from(["JOUR", "CONF", "BOOK", "CHAP", "THES", "RPRT", "UNPB", "GEN", "ELEC"]), ENTRY)
@settings(max_examples=300, deadline=None)
def test_whatever_is_read_from_ris_is_written_and_read_back_field_by_field(
    kind: str, fields: list[tuple[str, str]]
) -> None:
    lines = [f"{tag}  - {value}" for tag, value in fields]
    found = read("\n".join([f"TY  - {kind}", *lines, "ER  - ", ""]))
    assert read(as_ris(found)) == found


@pytest.mark.parametrize("format_name", WRITERS)
def test_tags_that_go_along_are_read_back(format_name: str) -> None:
    names = {"ris": "N1", "nbib": "GN", "bibtex": "note", "csl_json": "note", "endnote_xml": "label", "csv": "our id"}
    records = [Record(title=f"Oak gall number {n}", authors=("Rossi, Anna",), year=2019) for n in range(3)]
    more = [((names[format_name], f"reviewflow-{n:012x}-1"),) for n in range(3)]
    export = open_export(as_ris(records, format_name, more).encode(), "written")
    assert export.format == format_name
    told = [[value for _, value in raw.tags if "reviewflow-" in value] for raw in export.records()]
    assert told == [[f"reviewflow-{n:012x}-1"] for n in range(3)]


def test_plain_ris_has_only_tags_of_two_letters_on_one_line_each() -> None:
    record = Record(
        title="Oak", pmid="31234567", pmcid="PMC1234567", abstract="One.\nTwo.\n\nThree.", pages="e00189-19"
    )
    text = as_ris([record], "plain_ris")
    lines = text.splitlines()
    assert lines[0] == "TY  - JOUR"
    assert lines[-2:] == ["ER  - ", ""]
    assert all(len(line.partition("  - ")[0]) == 2 for line in lines if line)
    assert "AB  - One. Two. Three." in lines
    assert "N1  - PMID: 31234567" in lines


NBIB = "PMID- {0}\nOWN - NLM\nTI  - Oak gall {0}\n      and more\nFAU - Rossi, Anna\n\n"
ROWS = ['"Oak, 1",2001,', '"Oak\n2",2002,x', "Oak 3,2003,"]
ELEMENTS = [f"<record><titles><title>Oak {n}</title></titles><odd>x</odd></record>" for n in range(1, 4)]
OBJECTS = [f'{{"id": "{n}", "type": "book", "title": "É [{n}] {{"}}' for n in range(1, 4)]
FILES = {
    "ris": "".join(f"{n}. \nTY  - JOUR\nTI  - Oak {n}\nZZ  - kept  as it is \nER  - \n\n" for n in range(1, 4)),
    "nbib": "".join(NBIB.format(n) for n in range(1, 4)),
    "bibtex": "".join(f"@article{{k{n},\n  title = {{Oak {n}}},\n  odd = {{x}},\n}}\n\n" for n in range(1, 4)),
    "csv": "Title,Year,Odd\n" + "".join(f"{row}\n" for row in ROWS),
    "endnote_xml": '<?xml version="1.0"?>\n<xml><records>\n' + "\n".join(ELEMENTS) + "\n</records></xml>\n",
    "csl_json": "[\n" + " ,\n".join(OBJECTS) + "\n]\n",
}
PIECES = {"csv": ROWS, "endnote_xml": ELEMENTS, "csl_json": OBJECTS}
CODECS = ("utf-8", "utf-8-sig", "utf-16")


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("format_name", FILES)
def test_records_are_cut_out_byte_for_byte(format_name: str, codec: str) -> None:
    content = FILES[format_name].encode(codec)
    export = open_export(content, "whole")
    whole = list(export.records())
    assert (export.format, len(whole)) == (format_name, 3)
    cutter = Cutter(content, export.format, export.encoding, [(raw.start, raw.end) for raw in whole], whole[0].line)
    assert cutter.only([0, 1, 2]) == content
    if codec == "utf-16" and format_name in {"csv", "endnote_xml", "csl_json"}:
        with pytest.raises(InputError, match="cannot be cut out"):
            cutter.only([1])
        return
    for places in [(0,), (1,), (2,), *combinations(range(3), 2)]:
        cut = cutter.only(places)
        again = open_export(cut, "cut")
        assert [raw.tags for raw in again.records()] == [whole[place].tags for place in places]
        assert (again.format, again.leftovers, again.n_rejected) == (format_name, [], 0)
        if format_name in PIECES:
            assert all(PIECES[format_name][place].encode() in cut for place in places)
        else:
            assert cut.endswith(b"".join(content[whole[place].start : whole[place].end] for place in places))


def test_an_abbreviation_goes_with_the_record_that_uses_it() -> None:
    first = "@string{oaks = {Journal of Oaks}}\n@article{a, title = {First oak}, journal = oaks}\n"
    content = (first + "@article{b, title = {Second oak}, journal = oaks}\n").encode()
    export = open_export(content, "whole")
    raws = list(export.records())
    cutter = Cutter(content, export.format, export.encoding, [(raw.start, raw.end) for raw in raws], raws[0].line)
    (second,) = read(cutter.only([1]).decode())
    assert (second.title, second.journal) == ("Second oak", "Journal of Oaks")


def test_a_record_that_ends_without_a_line_end_stays_apart_from_the_one_that_follows_it() -> None:
    content = b"TY  - JOUR\nTI  - One\nER  - \n\nTY  - JOUR\nTI  - Two\nER  - "
    whole = list(open_export(content, "whole").records())
    spans = [(raw.start, raw.end) for raw in whole]
    swapped = Cutter(content + content, "ris", "utf-8", [*spans, (len(content), 2 * len(content)), (0, 0)], 1)
    again = list(open_export(swapped.only([1, 2]), "cut").records())
    assert [dict(raw.tags)["TI"] for raw in again] == ["Two", "One", "Two"]
