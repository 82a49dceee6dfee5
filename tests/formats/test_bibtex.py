"""BibTeX, whole and damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reviewflow.formats import canonical, check_file, open_export

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.domain.record import Record


def entry(number: int) -> str:
    return (
        f"@article{{oak{number},\n  title = {{Oak gall {number}}},\n  author = {{Rossi, Anna and Weber, Karl}},\n"
        f"  year = 2019,\n  journal = {{J}},\n  doi = {{10.5555/oak.{number}}}\n}}\n\n"
    )


THREE = entry(1) + entry(2) + entry(3)


def read(text: str) -> list[Record]:
    return [canonical(raw, "bibtex") for raw in open_export(text.encode(), "oak.bib").records()]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: "\ufeff" + text.replace("\n", "\r\n"),
        lambda text: text.replace("oak2,", "oak1,"),
        lambda text: text.replace("oak2,", "oak 2,"),
        lambda text: text.replace("oak2,", ","),
        lambda text: text.replace("{Oak gall 2},", "{Oak gall 2}"),
        lambda text: text.replace("{Oak gall 2}", '"Oak gall 2"'),
        lambda text: text.replace("{Oak gall 2}", '"Oak "gall" 2"'),
        lambda text: text.replace("{Oak gall 2}", "{Oak {gall} {\\'e} 2}"),
        lambda text: text.replace("{Oak gall 2}", "{Oak gall 2"),
        lambda text: text.replace("{Oak gall 2}", "{Oak gall 2}}"),
        lambda text: text.replace("oak.2}\n}", "oak.2}\n"),
        lambda text: text.replace("2019", "2019,\n  month = foo"),
        lambda text: text.replace("2019", "2019,\n  year = 2020"),
        lambda text: text.replace("2019", "2019,\n  abstract = {mail a@b.org or @article{ no} (L@S'17)}"),
        lambda text: "% Encoding: UTF-8\n@comment{jabref-meta: x;}\n@string{j = {J}}\n" + text,
        lambda text: text + "@comment{@article{x, title={no}}}\n",
    ],
)
def test_a_damaged_entry_takes_no_other_with_it(change: Callable[[str], str]) -> None:
    report = check_file(change(THREE).encode(), "oak.bib")
    assert (report["format"], report["n_records"]) == ("bibtex", 3)
    assert report["with"]["title"] == 3
    assert report["leftovers"] == []


def test_entries_whose_braces_do_not_close_are_reported() -> None:
    (repair,) = check_file(THREE.replace("{Oak gall 2}", "{Oak gall 2").encode(), "oak.bib")["repairs"]
    assert repair["line"] == 9


def test_text_between_entries_is_left_over() -> None:
    report = check_file((entry(1) + "title = {an entry without its head}\n" + entry(2)).encode(), "oak.bib")
    assert (report["n_records"], report["leftovers"][0]["line"]) == (2, 9)


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"Erd{\H o}s and G{\"o}del", "Erdős and Gödel"),
        (r"Stra{\ss}e, na\"{\i}ve, \v{S}koda, \c{c}a, \'Etude", "Straße, naïve, Škoda, ça, Étude"),
        (r"{\L}{\'o}d{\'z} \& Co, 5\% of \$3", "Łódź & Co, 5% of $3"),
        (r"CO$_2$ and $\beta$-helix, p~$\leq$ 0.05", "CO2 and β-helix, p ≤ 0.05"),
        (r"\emph{In vivo} {DNA} \textit{E. coli}", "In vivo DNA E. coli"),
        (r"``Oak'' 1--2 --- gall", "\u201cOak\u201d 1\u20132 \u2014 gall"),
        (r"a\_b \{c\} \textbackslash{}d", r"a_b {c} \d"),
    ],
)
def test_latex_is_printed(latex: str, plain: str) -> None:
    (record,) = read(f"@article{{k, title = {{{latex}}}}}")
    assert record.title == plain


def test_names_are_split_outside_braces_and_groups_stay() -> None:
    names = r"{Barnes and Noble} and G{\"o}del, Kurt and Karl von Weber and Rossi, Jr., Anna and others"
    (record,) = read(f"@book{{k, author = {{{names}}}}}")
    assert record.authors == ("Barnes and Noble", "Gödel, Kurt", "von Weber, Karl", "Rossi Jr., Anna")


def test_macros_are_put_in_and_unknown_ones_keep_their_name() -> None:
    (record,) = read('@string{jbm = "J Bot Med"}\n@article{k, title = "Oak" # " gall", journal = jbm, volume = foo}')
    assert (record.title, record.journal, record.volume) == ("Oak gall", "J Bot Med", "foo")
