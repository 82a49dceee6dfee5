from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from data.reference_review import generate, records
from data.reference_review.fillers import OVERLAPS
from data.reference_review.grammar import MARK

FOLDER = Path(generate.__file__).resolve().parent
EXPORTS = {
    "PubMed": ("pubmed.nbib", rb"(?m)^PMID- ", rb"PMID- (\d+)"),
    "Embase": ("embase.ris", rb"(?m)^TY  - ", rb"U2  - (L\d+)"),
    "Web of Science": ("wos.ciw", rb"(?m)^PT ", rb"UT (WOS:\d+)"),
    "Cochrane Library": ("cochrane.ris", rb"(?m)^TY  -  ", rb"AN  -  (CN-\d+)"),
}
TAGS = {
    "doi": rb"(?m)^(?:LID -|AID -|DO  -|DI) +(?:https://doi\.org/)?(10\.\S+)",
    "pmid": rb"(?m)^(?:PMID-|C5  -|PM|C3  -  PUBMED) (\d+)",
    "title": rb"(?ms)^(?:TI  - |T1  - |TI |TI  -  )(.+?)\r?\n(?=\S)",
    "year": rb"(?m)^(?:DP  - |Y1  - |PY |PY  -  )(\d{4})",
}


@pytest.fixture(scope="module")
def provenance() -> dict[tuple[str, str], dict[str, str]]:
    with (FOLDER / "provenance.csv").open(encoding="utf-8", newline="") as stream:
        return {(row["source"], row["accession"]): row for row in csv.DictReader(stream)}


@pytest.fixture(scope="module")
def shown() -> dict[tuple[str, str], dict[str, str]]:
    """Identifier, title and year of each record, read from the bytes of the exports by plain patterns."""
    found = {}
    for source, (name, start, accession) in EXPORTS.items():
        blocks = re.split(start, (FOLDER / "exports" / name).read_bytes())
        sign = re.search(rb"[A-Z].*$", start)
        assert sign is not None
        for block in blocks[1:]:
            record = sign[0] + block
            key = re.search(accession, record)
            assert key is not None
            values = {field: re.search(pattern, record) for field, pattern in TAGS.items()}
            found[source, key[1].decode()] = {
                field: value[1].decode("utf-8", "replace").lower() if value else "" for field, value in values.items()
            }
    return found


def pieces(keys: list[list[str]]) -> list[set[int]]:
    """The groups in which records end that share a key."""
    parent = list(range(len(keys)))

    def root(x: int) -> int:
        while parent[x] != x:
            x = parent[x]
        return x

    first: dict[str, int] = {}
    for number, own in enumerate(keys):
        for key in own:
            parent[root(number)] = root(first.setdefault(key, number))
    groups = defaultdict(set)
    for number in range(len(keys)):
        groups[root(number)].add(number)
    return list(groups.values())


def test_the_truth_counts_523_works_of_846_records(provenance: dict[tuple[str, str], dict[str, str]]) -> None:
    assert len(provenance) == 846
    assert len({row["work_id"] for row in provenance.values()}) == 523


def test_the_truth_names_every_record_of_the_exports_and_no_other(
    provenance: dict[tuple[str, str], dict[str, str]], shown: dict[tuple[str, str], dict[str, str]]
) -> None:
    assert set(shown) == set(provenance)


def test_the_works_lie_in_the_databases_as_planned(provenance: dict[tuple[str, str], dict[str, str]]) -> None:
    held: dict[str, list[str]] = defaultdict(list)
    for source, letter in zip(("PubMed", "Embase", "Web of Science", "Cochrane Library"), "PEWC", strict=True):
        for (database, _), row in provenance.items():
            if database == source:
                held[row["work_id"]].append(letter)
    assert Counter("".join(dict.fromkeys(letters)) for letters in held.values()) == Counter(OVERLAPS)
    assert sum(letters.count("E") == 2 for letters in held.values()) == 6


def test_equal_doi_or_pmid_alone_leaves_too_many_works(shown: dict[tuple[str, str], dict[str, str]]) -> None:
    keys = [[f"{field} {row[field]}" for field in ("doi", "pmid") if row[field]] for row in shown.values()]
    assert 560 <= len(pieces(keys)) <= 590


def test_equal_title_and_year_alone_merges_ten_pairs_wrongly(
    provenance: dict[tuple[str, str], dict[str, str]], shown: dict[tuple[str, str], dict[str, str]]
) -> None:
    held: dict[tuple[str, str], set[str]] = defaultdict(set)
    for key, row in shown.items():
        held[re.sub(r"[^a-z0-9]", "", row["title"]), row["year"]].add(provenance[key]["work_id"])
    assert [len(works) for works in held.values() if len(works) > 1] == [2] * 10


def test_three_in_ten_records_of_embase_have_no_doi(shown: dict[tuple[str, str], dict[str, str]]) -> None:
    embase = [row for (source, _), row in shown.items() if source == "Embase"]
    assert 0.28 < sum(not row["doi"] for row in embase) / len(embase) < 0.32


def test_synthetic_records_carry_identifiers_that_no_real_record_has(
    provenance: dict[tuple[str, str], dict[str, str]], shown: dict[tuple[str, str], dict[str, str]]
) -> None:
    for key, row in shown.items():
        synthetic = provenance[key]["provenance"] == "synthetic"
        assert not row["doi"] or row["doi"].startswith("10.5555/") == synthetic
        assert not row["pmid"] or (int(row["pmid"]) > 90_000_000) == synthetic


def test_every_synthetic_record_can_be_told_by_its_journal() -> None:
    for name, pattern in (
        ("pubmed.nbib", r"JT  - (.+?)\r"),
        ("embase.ris", r"JF  - (.+)"),
        ("wos.ciw", r"SO (.+)"),
        ("cochrane.ris", r"JA  -  (.+)"),
    ):
        journals = re.findall(pattern, (FOLDER / "exports" / name).read_bytes().decode("utf-8-sig", "replace"))
        with (FOLDER / "real_records.csv").open(encoding="utf-8", newline="") as stream:
            real = {row["journal"].lower() for row in csv.DictReader(stream)}
        wrong = {"multiple myeloma and other plasma cell neoplasms"}
        assert [
            journal
            for journal in journals
            if not journal.lower().startswith(("synthetic ", "https://")) and journal.lower() not in real | wrong
        ] == []


def test_no_real_record_has_an_abstract_and_every_synthetic_abstract_says_what_it_is() -> None:
    for record in all_records():
        if record.work.is_real:
            assert record.abstract == ()
        elif record.work.abstract:
            assert record.work.abstract[-1][1].replace("\u2010", "-").endswith(MARK)


def test_real_records_are_no_younger_than_the_search() -> None:
    assert max(record.year for record in all_records()) == 2022


def test_pairs_that_must_not_merge_and_pairs_that_must_are_both_planted(
    provenance: dict[tuple[str, str], dict[str, str]],
) -> None:
    works = defaultdict(set)
    for row in provenance.values():
        works[row["trap"]].add(row["work_id"])
    apart = {
        "aall1331": {"R002", "R017", "R078"},
        "rialto": {"R009", "R040"},
        "japanese-children-and-adults": {"R005", "R044", "R045"},
        "page-1522": {"R042", "R046"},
        "rct-and-expanded-access": {"R001", "R075"},
    }
    assert {trap: works[trap] for trap in apart} == apart
    synthetic = ("corrigendum-1", "two-congresses-1", "letter-and-reply-1", "parts", "follow-up", "editorial-series")
    assert [len(works[trap]) for trap in synthetic] == [2] * 6
    together = ("translated-1", "translated-2", "translated-3", "name-prefix-dropped", "name-names-swapped")
    assert [len(works[trap]) for trap in together] == [1] * 5
    patterns = Counter(pattern for row in provenance.values() for pattern in row["pattern"].split())
    assert patterns["article-in-press"] == 6
    assert patterns["epub-year"] >= 6


def test_oddities_of_bytes_are_planted() -> None:
    exports = {name: (FOLDER / "exports" / name).read_bytes() for name, _, _ in EXPORTS.values()}
    assert exports["wos.ciw"].startswith(b"\xef\xbb\xbf")
    assert exports["pubmed.nbib"].count(b"\r\n") == exports["pubmed.nbib"].count(b"\n")
    assert exports["embase.ris"].count(b" \x96 ") == 3
    assert b"SN  - null\n" in exports["embase.ris"]
    assert "A1  - \u0391mpatzidou, \u039c.".encode() in exports["embase.ris"]
    assert b"DO  -  https://doi.org/10." in exports["cochrane.ris"]
    assert exports["cochrane.ris"].startswith(
        b"Record #1 of 27\nProvider: John Wiley & Sons, Ltd.\nContent: text/plain"
    )


def all_records() -> list[records.SourceRecord]:
    return generate.source_records(generate.works_of_the_review())
