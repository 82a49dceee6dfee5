from __future__ import annotations

import os
import struct
import zlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Command


def png() -> bytes:
    """A picture of one pixel."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


BAD = {
    "empty.ris": b"",
    "spaces.ris": b" \n\n",
    "page.ris": b"<!doctype html>\n<html><body>Please log in</body></html>\n",
    "picture.png": png(),
    "picture.ris": png(),
    "prose.ris": b"Dear librarian,\nplease find attached nothing.\n",
    "nul.ris": b"\0" * 4096,
}
# Commands that read a file, with what stands before and after its name.
READERS = [
    (("import",), ("--source", "PubMed", "--as", "A")),
    (("import",), ("--check",)),
    (("dedup", "file"), ()),
    (("dedup", "review", "--answers"), ("--as", "A")),
    (("screen", "import"), ("--stage", "title_abstract", "--as", "A")),
    (("extract", "import"), ("--as", "A")),
    (("flow", "file"), ()),
    (("pool", "file"), ("--measure", "OR")),
]


@pytest.mark.parametrize("name", BAD)
@pytest.mark.usefixtures("unchanged")
def test_what_is_no_export_or_table_is_refused_in_a_sentence(
    refused: Callable[..., str], exports: Path, name: str
) -> None:
    (exports / name).write_bytes(BAD[name])
    for before, after in READERS:
        assert name in refused(3, *before, exports / name, *after)


@pytest.mark.parametrize("name", ["none.ris", "folder", "pubmed.ris/inside"])
@pytest.mark.usefixtures("unchanged")
def test_what_is_no_file_is_refused_in_a_sentence(refused: Callable[..., str], exports: Path, name: str) -> None:
    (exports / "folder").mkdir()
    for before, after in READERS:
        assert name in refused(3, *before, exports / name, *after)


@pytest.mark.usefixtures("unchanged")
def test_a_file_that_may_not_be_read_is_refused_in_a_sentence(refused: Callable[..., str], exports: Path) -> None:
    locked = exports / "locked.ris"
    locked.write_bytes((exports / "pubmed.ris").read_bytes())
    locked.chmod(0)
    if os.access(locked, os.R_OK):
        pytest.skip("whoever runs the tests may read everything")
    for before, after in READERS:
        assert "locked.ris may not be read" in refused(3, *before, locked, *after)


def test_a_protocol_that_may_not_be_read_is_refused_in_a_sentence(
    refused: Callable[..., str], small_review: Path
) -> None:
    locked = small_review / "reviewflow.toml"
    locked.chmod(0)
    if os.access(locked, os.R_OK):
        pytest.skip("whoever runs the tests may read everything")
    assert "reviewflow.toml" in refused(3, "status")


@pytest.mark.usefixtures("unchanged")
def test_one_bad_file_among_good_ones_stops_all_of_them(refused: Callable[..., str], exports: Path) -> None:
    good = exports / "good.ris"
    good.write_text((exports / "pubmed.ris").read_text(encoding="utf-8").replace("Heparin", "Warfarin"), "utf-8")
    refused(3, "import", good, exports / "none.ris", "--source", "PubMed", "--as", "A")
    (exports / "empty.ris").touch()
    refused(3, "import", good, exports / "empty.ris", "--source", "PubMed", "--as", "A")


@pytest.mark.usefixtures("unchanged")
def test_the_same_file_twice_changes_nothing_but_says_so(rf: Command, exports: Path) -> None:
    ran = rf("import", exports / "pubmed.ris", "--source", "PubMed", "--as", "A")
    assert ran.code == 0
    assert "imported before" in ran.out


def test_an_entry_without_its_end_is_read_and_named(rf: Command, exports: Path) -> None:
    text = (exports / "pubmed.ris").read_text(encoding="utf-8").replace("Smith", "Smyth")
    broken = exports / "broken.ris"
    broken.write_text(text.replace("ER  - \n", "\n", 1), encoding="utf-8")
    (found,) = rf("import", broken, "--check", "--json").value["files"]
    assert (found["n_records"], found["n_rejected"], found["leftovers"]) == (3, 0, [])
    last = text.split("\n").index("ER  - ")  # of the lines that are left to the record
    assert [repair["line"] for repair in found["repairs"]] == [last]
    ran = rf("import", broken, "--source", "PubMed", "--as", "A")
    assert "3 records" in ran.out
    assert "no ER line" in ran.out


def test_a_count_other_than_the_expected_one_exits_1_and_says_both(rf: Command, exports: Path) -> None:
    export = exports / "pubmed.ris"
    for words in (["--check"], ["--source", "PubMed", "--as", "A"]):
        ran = rf("import", export, "--expect", 4, *words)
        assert ran.code == 1
        assert "4 records were expected and 3 were read" in ran.out
    assert rf("import", export, "--check", "--expect", 3).code == 0


@pytest.mark.parametrize(
    ("command", "header", "row", "words"),
    [
        (("screen", "import"), "record,stage,verdict", "r1,title_abstract,wibble", "'wibble' is no verdict"),
        (("screen", "import"), "record,stage,verdict", "r1,wibble,include", "'wibble' is no stage"),
        (("screen", "import"), "record,stage,verdict", "x1,title_abstract,include", "'x1' is no id"),
        (("screen", "import"), "record,stage,verdict", "r99,title_abstract,include", "no record r99"),
        (("screen", "import"), "source,accession,stage,verdict", "PubMed,7,title_abstract,include", "'7'"),
        (("screen", "import"), "record,stage", "r1,title_abstract", "verdict"),
        (("dedup", "review", "--answers"), "record_a,record_b,same", "r1,r2,perhaps", "same is 'perhaps'"),
        (("dedup", "review", "--answers"), "record_a,record_b,same", "r1,x2,yes", "'x2' is no id"),
        (("dedup", "review", "--answers"), "record_a,record_b,same", "r1,r99,yes", "no record r99"),
        (("extract", "import"), "study,arm,endpoint,timepoint,status", "One,a,b,c,published", "no study 'One'"),
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_a_bad_row_of_a_table_is_named(
    refused: Callable[..., str], exports: Path, command: tuple[str, ...], header: str, row: str, words: str
) -> None:
    path = exports / "table.csv"
    path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    assert words in refused(3, *command, path, "--as", "A")


@pytest.mark.usefixtures("unchanged")
def test_a_bad_row_keeps_the_good_rows_out(refused: Callable[..., str], exports: Path) -> None:
    path = exports / "votes.csv"
    path.write_text("record,stage,verdict\nr1,title_abstract,include\nr2,title_abstract,wibble\n", encoding="utf-8")
    assert "line 3" in refused(3, "screen", "import", path, "--as", "A")


COUNTS = """template = "2009"
db_identified = 10
other_identified = 0
after_duplicates = {after_duplicates}
screened = 8
excluded = 5
fulltext_assessed = 3
qualitative = 2
[fulltext_excluded]
"wrong population" = 1
"""


def test_counts_that_add_up_are_drawn_with_exit_0(rf: Command, tmp_path: Path) -> None:
    path = tmp_path / "counts.toml"
    path.write_text(COUNTS.format(after_duplicates=8), encoding="utf-8")
    ran = rf("flow", "file", path)
    assert ran.code == 0, ran
    assert "(n = 10)" in ran.out


def test_counts_that_do_not_add_up_are_drawn_with_exit_1(rf: Command, tmp_path: Path) -> None:
    path = tmp_path / "counts.toml"
    path.write_text(COUNTS.format(after_duplicates=7), encoding="utf-8")
    ran = rf("flow", "file", path, "--json")
    assert ran.code == 1
    assert [check["id"] for check in ran.value["checks"] if check["ok"] is False and check["level"] == "error"]
    assert "failed" in rf("flow", "file", path).out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("wibble = 3", "wibble"),
        ("screened = -1", "screened"),
        ('screened = "many"', "screened"),
        ("screened = [", "no readable TOML"),
    ],
)
def test_a_count_that_is_none_is_refused_by_name(
    refused: Callable[..., str], tmp_path: Path, line: str, words: str
) -> None:
    path = tmp_path / "counts.toml"
    path.write_text(COUNTS.format(after_duplicates=8).replace("screened = 8", line), encoding="utf-8")
    said = refused(3, "flow", "file", path)
    assert "counts.toml" in said
    assert words in said
