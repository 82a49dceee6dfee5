from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import docx
import pytest

from reviewflow.workflow.findings_files import as_docx, as_html
from reviewflow.workflow.grade import Setting, set_certainty
from reviewflow.workflow.summary_of_findings import Summary, summary
from tests.workflow.two_trials import PLAN, fill

if TYPE_CHECKING:
    from tests.conftest import Acting, Adding, Fresh, Voting


@pytest.fixture
def found(fresh: Fresh, act: Acting, add_records: Adding, cast_vote: Voting) -> Summary:
    with fresh("memory", PLAN) as review:
        fill(review, act, add_records, cast_vote)
        set_certainty(review, act("A", "grade set"), "cure-rr", Setting(judgements=("imprecision=serious: few",)))
        return summary(review)


def test_the_word_document_repeats_its_header_breaks_no_row_and_fits_its_page(found: Summary) -> None:
    document = docx.Document(io.BytesIO(as_docx(found)))
    (table,), (section,) = document.tables, document.sections
    marks = [[mark.tag.split("}")[1] for mark in row._tr.trPr] for row in table.rows]
    assert marks[0] == ["cantSplit", "tblHeader"]
    assert all("cantSplit" in row for row in marks)
    room = [section.page_width, section.left_margin, section.right_margin]
    assert None not in room
    width, left, right = (length or 0 for length in room)
    assert sum(column.width or 0 for column in table.columns) <= width - left - right


def test_the_clock_does_not_change_the_word_document(found: Summary) -> None:
    with zipfile.ZipFile(io.BytesIO(as_docx(found))) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert as_docx(found) == as_docx(found)


def test_no_line_of_a_head_ends_within_95_percent_ci(found: Summary) -> None:
    assert "95\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}CI" in as_html(found).decode()
