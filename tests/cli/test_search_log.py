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


def test_a_search_that_an_import_made_gets_its_strategy_later(rf: Command, small_review: Path) -> None:
    export, file = small_review.parent / "a.ris", small_review.parent / "scopus.txt"
    export.write_text("TY  - JOUR\nTI  - Oak\nDB  - Scopus\nER  - \n", encoding="utf-8")
    file.write_text(STRATEGY, encoding="utf-8")
    made = rf("import", export, "--as", "A", "--json").value["files"][0]["search"]
    told = ["--platform", "scopus.com", "--strategy-file", file, "--limits", "none", "--date", "2024-03-01"]
    ran = rf("search", "edit", made, *told, "--expect", 1, "--as", "A")
    assert (ran.code, "strategy: 3 lines" in ran.out) == (0, True)
    (shown,) = [each for each in rf("search", "list", "--json").value["searches"] if each["id"] == made]
    assert (shown["platform"], shown["searched_on"], shown["n_expected"]) == ("scopus.com", "2024-03-01", 1)
    assert shown["strategy"] == STRATEGY.strip()
    assert f"```text\n{STRATEGY}```" in rf("search", "report").out
    assert f"search edit {made}" in rf("log", "--as", "A").out
    assert rf("search", "edit", made, "--note", "again", "--as", "A", "--json").value["search"]["note"] == "again"
    assert rf("undo", "--as", "A").code == 0
    assert rf("search", "edit", made, "--date", "May", "--as", "A").code == 2


def test_the_words_of_a_check_are_short_and_name_what_was_rejected(rf: Command, tmp_path: Path) -> None:
    file = tmp_path / "a.ris"
    entry = "TY  - JOUR\nTI  - Oak\nER  - \n"
    file.write_text(entry + "@article{a,\n title = {Oak}\n}\n" + entry, encoding="utf-8")
    ran = rf("import", file, "--check")
    assert "a.ris: 2 records (ris, utf-8)" in ran.out
    assert "  line 4 belongs to no record: @article{a, (and 2 lines more)\n" in ran.out
    broken = tmp_path / "b.csv"
    broken.write_text('title,abstract\nOak,We\n"Ash,We\nElm,We\n', encoding="utf-8")
    ran = rf("import", broken, "--check")
    assert (ran.code, "b.csv: 1 record (" in ran.out, "  1 record could not be read\n" in ran.out) == (1, True, True)


def test_what_is_repaired_again_and_again_is_one_line_of_words(rf: Command, tmp_path: Path) -> None:
    file = tmp_path / "a.bib"
    file.write_text("".join(f"@article{{, title = {{Oak {n}}}}}\n" for n in range(40)), encoding="utf-8")
    ran = rf("import", file, "--check")
    assert "  line 1: the entry has no key (so 39 times more)\n" in ran.out
    assert len(rf("import", file, "--check", "--json").value["files"][0]["repairs"]) == 40
