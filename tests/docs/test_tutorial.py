"""Every page with commands is run, from its first command to its last, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.console import Terminal, agrees, pages_with_commands, steps

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = pages_with_commands(DOCS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_the_program_prints(page: Path, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    wrong = []
    for step in steps(page.read_text(encoding="utf-8")):
        actual = terminal.run(step.command)
        assert "Traceback" not in actual, f"$ {step.command}\n{actual}"
        if not agrees(step.output, actual):
            wrong.append(f"$ {step.command}\n--- the page shows\n{step.output}\n--- the program prints\n{actual}")
    again = f"\n\nIf it is meant to be so: python docs/console.py {page.relative_to(DOCS.parent)}"
    assert not wrong, "\n\n".join(wrong) + again


def test_the_tutorial_goes_through_every_step_of_a_review() -> None:
    tutorial = (DOCS / "tutorial" / "reference-review.md").read_text(encoding="utf-8")
    typed = "\n".join(step.command for step in steps(tutorial))
    needed = (
        *("init", "import", "dedup run", "dedup review", "screen import", "screen conflicts", "screen resolve"),
        *("fulltext", "study list", "extract import", "pool run", "flow show", "check", "undo"),
    )
    assert [words for words in needed if f"reviewflow {words}" not in typed] == []
    assert "sh link_studies.sh" in typed


def test_outputs_agree_when_only_codes_and_times_differ() -> None:
    assert agrees("4f3a054b  1  2026-11-23 13:09  CB", "0a0b0c0d  1  2027-01-01 00:00  CB")


def test_outputs_do_not_agree_when_a_count_differs() -> None:
    assert not agrees("846 records are 523 reports", "846 records are 522 reports")


def test_three_dots_stand_for_any_lines_and_for_no_part_of_one() -> None:
    assert agrees("a\n...\nd", "a\nb\nc\nd")
    assert agrees("...\nd", "a\nd")
    assert agrees("a\n...", "a\nb")
    assert not agrees("a\n...\nd", "a\nb\nc d")
