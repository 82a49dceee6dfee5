"""nbib and Web of Science's own format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.formats import canonical, check_file, open_export

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.domain.record import Record

NBIB = """PMID- 31234567
OWN - NLM
STAT- MEDLINE
IS  - 1234-5679 (Electronic)
VI  - 12
IP  - 3
DP  - 2019 Aug
TI  - Watchful waiting in oak gall disease: a randomised
      trial.
PG  - 843-54
LID - S1234-5679(19)30001-2 [pii]
LID - 10.5555/oak.1 [doi]
AB  - BACKGROUND: Oaks wait.
      METHODS: So did we (NCT01234567).
FAU - Rossi, Anna
AU  - Rossi A
CN  - Oak Study Group
PT  - Journal Article
TA  - J Bot Med
JT  - Journal of botanical medicine
PMC - PMC1234567
SI  - ClinicalTrials.gov/NCT01234567
MH  - *Quercus
"""

WOS = """FN Clarivate Analytics Web of Science
VR 1.0
PT J
AU Rossi, A
   Weber, K
AF Rossi, Anna
   Weber, Karl
TI Watchful waiting in oak gall disease: a randomised
   trial
SO JOURNAL OF BOTANICAL MEDICINE
DT Article; Proceedings Paper
DE oak; gall; watchful
   waiting
AB We waited.
SN 1234-5679
EI 1234-5687
J9 J BOT MED
PY 2019
VL 12
IS 3
BP 843
EP 854
DI 10.5555/oak.1
UT WOS:000123456700001
PM 31234567
ER

"""


def read(text: str) -> list[Record]:
    export = open_export(text.encode(), "search.txt")
    return [canonical(raw, export.format) for raw in export.records()]


@pytest.mark.parametrize(
    ("change", "n_records"),
    [
        (lambda text: f"{text}\n{text}", 2),
        (lambda text: text + text, 2),
        (lambda text: f"\ufeff\n{text}\n{text}", 2),
        (lambda text: f"{text}\n{text}".replace("AB  -", "\nAB  -"), 2),
        (lambda text: f"{text}\n{text}".replace("\n", "\r\n"), 2),
        (lambda text: f"\n{text}\n{text}".replace("PMID- 31234567\n", "").replace("- NLM", "- ERIC"), 2),
        (lambda text: text.replace("31234567", "31234567\nZZZ - new tag"), 1),
        (lambda text: text.replace("PMID- ", "PMID-"), 1),
    ],
)
def test_pmid_lines_begin_records_and_empty_lines_only_where_both_sides_are_records(
    change: Callable[[str], str], n_records: int
) -> None:
    report = check_file(change(NBIB).encode(), "pubmed.nbib")
    assert (report["format"], report["n_records"], report["leftovers"]) == ("nbib", n_records, [])
    assert report["with"]["title"] == n_records


def test_pubmed_fields_are_mapped() -> None:
    (record,) = read(NBIB)
    assert record.title == "Watchful waiting in oak gall disease: a randomised trial."
    assert record.authors == ("Rossi, Anna", "Oak Study Group")
    assert record.abstract == "BACKGROUND: Oaks wait. METHODS: So did we (NCT01234567)."
    assert (record.year, record.pages, record.doi, record.pmcid) == (2019, "843-854", "10.5555/oak.1", "PMC1234567")
    assert (record.journal, record.journal_abbreviation) == ("Journal of botanical medicine", "J Bot Med")
    assert (record.registry_ids, record.database) == (("NCT01234567",), "PubMed")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + text.split("VR 1.0\n")[1] + "EF\n",
        lambda text: (text + text).replace("ER\n", "", 1),
        lambda text: (text + text).replace("\n", "\r\n"),
    ],
)
def test_web_of_science_records_begin_at_pt_and_end_at_er(change: Callable[[str], str]) -> None:
    report = check_file(change(WOS).encode(), "savedrecs.txt")
    assert (report["format"], report["exporter"]) == ("wos_tagged", "Web of Science")
    assert (report["n_records"], report["leftovers"]) == (2, [])


def test_web_of_science_fields_are_mapped() -> None:
    (record,) = read(WOS)
    assert record.title == "Watchful waiting in oak gall disease: a randomised trial"
    assert record.authors == ("Rossi, Anna", "Weber, Karl")
    assert record.keywords == ("oak", "gall", "watchful waiting")
    assert record.issn == ("1234-5679", "1234-5687")
    assert (record.pages, record.pmid, record.accession) == ("843-854", "31234567", "WOS:000123456700001")
    assert (record.kind, record.database) == ("conference", "Web of Science")
