from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.flow.counts import TEMPLATES, FlowCounts
from reviewflow.domain.flow.diagram import Diagram, boxes, template_file, wrap
from reviewflow.domain.flow.prisma2009 import Flow2009
from reviewflow.domain.flow.terminal import cell_width, to_text
from reviewflow.errors import UsageError
from reviewflow.resources import schema_toml
from tests.flow.made_counts import ALL_ROUTES

NOTE = "Reconstruction: only the totals are the paper's"
FILES = ("prisma2009.toml", *(f"{template}.toml" for template in TEMPLATES))
FULL = replace(
    ALL_ROUTES,
    title="Blinatumomab in children",
    other_specific_results={"Hand search of congress proceedings": 2},
    dbr_excluded={"wrong population": 120, "review or meta-analysis": 130},
)


def diagram(template: str = "new-v1", note: str = "", counts: FlowCounts = FULL) -> Diagram:
    counts = replace(counts, template="new-v1" if template == "2009" else template)
    edition: Any = "2009" if template == "2009" else "2020"
    return boxes(counts, schema_toml("flow", template_file(counts.template, edition)), edition, note)


def words(drawn: Diagram, key: str) -> list[str]:
    return [line.words for line in drawn.box(key).lines]


@pytest.mark.parametrize("name", FILES)
def test_a_shipped_template_names_counts_boxes_bands_and_columns_that_exist(name: str) -> None:
    table = schema_toml("flow", name)
    keys = [box["key"] for box in table["box"]]
    known = {f.name for f in fields(Flow2009 if table["prisma"] == "2009" else FlowCounts)}
    assert len(keys) == len(set(keys))
    assert {end for arrow in table["arrows"] for end in arrow} <= set(keys)
    assert {box["band"] for box in table["box"]} == {band["key"] for band in table["band"]}
    assert {column["key"] for column in table["column"]} in ({box["column"] for box in table["box"]}, set())
    for box in table["box"]:
        assert box["lane"] + box.get("span", 1) <= len(table["lanes"])
        assert {line[part] for line in box["lines"] for part in ("n", "each") if part in line} <= known


@pytest.mark.parametrize("name", FILES)
def test_no_two_boxes_of_a_template_stand_in_one_place(name: str) -> None:
    places = [
        (box["row"], lane) for box in schema_toml("flow", name)["box"]
        for lane in range(box["lane"], box["lane"] + box.get("span", 1))
    ]  # fmt: skip
    assert len(places) == len(set(places))


def test_the_boxes_say_what_the_official_template_says() -> None:
    drawn = diagram()
    assert words(drawn, "identified")[:3] == ["Records identified from:", "Databases (n = 846)", "PubMed (n = 135)"]
    assert words(drawn, "removed")[1] == "Duplicate records removed (n = 323)"
    assert words(drawn, "screened") == ["Records screened (n = 523)"]
    assert words(drawn, "excluded_reports")[:2] == ["Reports excluded:", "wrong population (n = 120)"]
    assert words(drawn, "included") == ["Studies included in review (n = 12)", "Reports of included studies (n = 15)"]
    assert [band.text for band in drawn.bands] == ["Identification", "Screening", "Included"]


def test_an_update_tells_new_studies_from_all_studies() -> None:
    drawn = diagram("updated-v1")
    assert words(drawn, "included")[0] == "New studies included in review (n = 12)"
    assert words(drawn, "total")[0] == "Total studies included in review (n = 32)"
    assert drawn.columns[0].text == "Previous studies"


def test_other_methods_may_have_rows_of_their_own() -> None:
    assert words(diagram("new-v2"), "identified_other")[-1] == "Hand search of congress proceedings (n = 2)"


def test_the_2009_diagram_has_four_bands_and_the_seed_in_its_boxes() -> None:
    drawn = diagram("2009")
    assert [band.text for band in drawn.bands] == ["Identification", "Screening", "Eligibility", "Included"]
    assert words(drawn, "after_duplicates") == ["Records after duplicates removed (n = 523)"]
    assert words(drawn, "fulltext_excluded")[0] == "Full-text articles excluded, with reasons (n = 250)"


def test_a_line_without_a_number_is_left_out_and_zero_is_printed() -> None:
    removed = words(diagram(counts=replace(FULL, excluded_automatic=None)), "removed")
    assert removed[1:] == ["Duplicate records removed (n = 323)", "Records removed for other reasons (n = 0)"]


def test_a_side_box_without_numbers_is_left_out_with_its_arrow() -> None:
    drawn = diagram(counts=replace(FULL, dbr_notretrieved_reports=None))
    assert "not_retrieved" not in {box.key for box in drawn.boxes}
    assert "not_retrieved" not in {arrow.end for arrow in drawn.arrows}


def test_a_box_of_the_main_path_says_that_its_number_is_not_reported() -> None:
    drawn = diagram(
        counts=replace(
            FULL, dbr_sought_reports=None, database_results=None, register_results=None, database_specific_results={}
        )
    )
    assert words(drawn, "sought") == ["Reports sought for retrieval (n not reported)"]
    assert words(drawn, "identified") == ["Records identified (n not reported)"]


def test_no_exclusions_are_a_zero_in_a_review_and_nothing_in_print() -> None:
    assert words(diagram(counts=replace(FULL, dbr_excluded={})), "excluded_reports") == ["Reports excluded (n = 0)"]
    assert "excluded_reports" not in {
        box.key for box in diagram(counts=replace(FULL, dbr_excluded={}, from_print=True)).boxes
    }


def test_the_box_of_the_meta_analysis_is_drawn_only_when_there_is_one() -> None:
    keys = {
        n: "meta_analysis" in {box.key for box in diagram(counts=replace(FULL, total_studies_ma=n)).boxes}
        for n in (None, 0, 12)
    }
    assert keys == {None: False, 0: False, 12: True}


def test_a_draft_says_what_is_open() -> None:
    drawn = diagram(counts=replace(FULL, open_undecided=5, open_conflicts=1234))
    assert drawn.draft
    assert drawn.still_open == "5 undecided, 1,234 in conflict"
    assert "DRAFT: 5 undecided, 1,234 in conflict" in to_text(drawn)
    assert not diagram().draft


def test_the_boxes_of_another_template_are_refused() -> None:
    with pytest.raises(UsageError):
        boxes(FULL, schema_toml("flow", "new-v2.toml"))


@pytest.mark.parametrize("template", ["2009", *TEMPLATES])
@pytest.mark.parametrize("width", [50, 80, 132])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_the_text_fits_its_width_and_names_every_number(template: str, width: int, *, ascii_only: bool) -> None:
    drawn = diagram(template, NOTE, replace(FULL, total_studies_ma=3))
    text = to_text(drawn, width, ascii_only=ascii_only)
    assert max(cell_width(line) for line in text.splitlines()) <= width
    assert text.isascii() == ascii_only
    flat = "".join(character for character in text if character.isalnum())
    for line in (line for box in drawn.boxes for line in box.lines if line.n is not None):
        assert f"n{line.n}" in flat
    assert "Reconstruction" in text


@pytest.mark.parametrize("template", ["2009", *TEMPLATES])
def test_every_frame_of_the_text_is_closed(template: str) -> None:
    text = to_text(diagram(template))
    assert len({text.count(corner) for corner in "┌┐└┘"}) == 1
    assert text.count("┌") == len(diagram(template).boxes)


def test_wide_characters_keep_the_frame_straight() -> None:
    drawn = diagram(
        counts=replace(FULL, dbr_excluded={"中国知网 万方 维普 中国生物医学文献数据库 重复发表": 250, "綜説": 1})
    )
    assert max(cell_width(line) for line in to_text(drawn).splitlines()) <= 80


def test_a_terminal_too_narrow_is_refused() -> None:
    with pytest.raises(UsageError):
        to_text(diagram(), 30)


@settings(max_examples=100, deadline=None)
@given(st.text("ab c-é(n=)1", max_size=80), st.integers(4, 30), st.integers(0, 3))
def test_wrapping_keeps_every_character_but_blanks_and_the_width(text: str, width: int, hang: int) -> None:
    lines = wrap(text, width, len, hang)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert len(lines[0]) <= width
    assert all(len(line) <= width - hang for line in lines[1:])


def test_a_count_is_not_torn_from_its_n() -> None:
    assert wrap("Records excluded (n = 1,234)", 20, len) == ["Records excluded", "(n = 1,234)"]
