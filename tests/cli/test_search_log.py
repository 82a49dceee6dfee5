"""The search log on the command line: strategies word for word, exports that stand or fall together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Command

STRATEGY = "1. exp Oak/\n2. (oak or acorn*).ti,ab.\n3. or/1-2\n"


def test_a_strategy_from_a_file_is_kept_word_for_word(rf: Command, small_review: Path) -> None:
    file = small_review.parent / "medline.txt"
    file.write_bytes(STRATEGY.replace("\n", "\r\n").encode())
    made = rf("search", "add", "MEDLINE", "--platform", "Ovid", "--strategy-file", file, "--as", "A", "--json").value
    assert (made["search"]["strategy"], made["slips"]) == (STRATEGY.strip(), [])
    assert f"```text\n{STRATEGY}```" in rf("search", "report").out
    twice = rf("search", "add", "MEDLINE", "--strategy", "x", "--strategy-file", file, "--as", "A")
    assert (twice.code, "given twice" in twice.err) == (2, True)


def test_slips_of_a_strategy_are_told_and_it_is_kept_all_the_same(rf: Command, small_review: Path) -> None:
    file = small_review.parent / "medline.txt"
    file.write_text(f"{STRATEGY}4. (galls\n5. or/3-7\n6. 3 and 9\n", encoding="utf-8")
    made = rf("search", "add", "MEDLINE", "--strategy-file", file, "--as", "A", "--json").value
    assert made["slips"] == [
        "line 4: ( at column 1 is not closed",
        "line 5: line 5 refers to line 7, which is not above it",
        "line 6: line 6 refers to line 9, which is not above it",
    ]
    assert made["search"]["strategy"].endswith("6. 3 and 9")


def test_of_several_files_none_is_imported_when_one_does_not_tell_its_source(rf: Command, small_review: Path) -> None:
    told, silent = small_review.parent / "a.ris", small_review.parent / "b.ris"
    told.write_text("TY  - JOUR\nTI  - Oak\nDB  - Scopus\nER  - \n", encoding="utf-8")
    silent.write_text("TY  - JOUR\nTI  - Gall\nER  - \n", encoding="utf-8")
    before = rf("search", "list").out
    ran = rf("import", told, silent, "--as", "A")
    assert (ran.code, "b.ris does not tell which database" in ran.err) == (2, True)
    assert rf("search", "list").out == before
    assert rf("import", told, silent, "--as", "A", "--source", "Scopus").code == 0
