"""Records in other scripts: lines that fit, characters that stay whole, marks in their place, and the right margin."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewflow.domain.record import Record
from reviewflow.tui.highlights import KINDS, highlights
from reviewflow.tui.printable import is_from_right, printable
from reviewflow.tui.report_text import Reading, lines_of
from reviewflow.workflow import identification
from reviewflow.workflow.screening import ToScreen
from tests.tui.doubts import Written
from tests.tui.screen import agrees, play_on, screening_screen

if TYPE_CHECKING:
    from textual.content import Content

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Fresh

ARABIC = (
    "الخلفية: دوكسوفيلين من مشتقات الزانثين. الطرق: وزعنا 120 مريضا بالغا عَشْوائيّا على مجموعتين (FEV1). النتائج: تحسن."
)
HEBREW = "רקע: דוקסופילין באסתמה. שיטות: 120 מבוגרים חולקו אקראית לשתי קבוצות. תוצאות: שיפור של 0.21 L ב-FEV1."
HINDI = "पृष्ठभूमि: अस्थमा के वयस्क रोगियों में डॉक्सोफिलाइन। विधि: 120 रोगियों को यादृच्छिक रूप से दो समूहों में बाँटा गया।"
CHINESE = "目的\uff1a评价多索茶碱治疗成人哮喘的疗效。方法\uff1a将120例患者随机分为两组。"
KOREAN = "배경: 성인 천식 환자에서 독소필린의 효과. 방법: 환자 120명을 무작위로 배정하였다."
THAI = "วัตถุประสงค์: เพื่อประเมินผลของยาดอกโซฟิลลีนในผู้ป่วยโรคหืดผู้ใหญ่"
HTML = "<p><b>Methods:</b> Adults with H<sub>2</sub>O &lt; 5&nbsp;ml, p &amp;lt; 0.05; <i>in vitro</i> &alpha;</p>"
MARKS = "E\u0301tude de l'efficacite\u0301 chez l'enfant a\u0300 Besanc\u0327on, Viê\u0323t Nam"
EMOJI = "Nurses 👩\u200d⚕️ and families 👨\u200d👩\u200d👧 in 🇩🇪 clinics"

WORDS: Final = """
[highlight]
include = ["random*", "عشوائيا", "אקראית", "यादृच्छिक", "随机", "무작위", "efficacité"]
population = ["adults", "مريضا", "मरीज", "患者"]
"""
SCRIPTS: Final = {
    "arabic": ("دوكسوفيلين في علاج الربو عند البالغين: تجربة عشوائية", ARABIC * 2),
    "hebrew": ("דוקסופילין באסתמה של מבוגרים: ניסוי אקראי", HEBREW * 2),
    "hindi": ("वयस्क अस्थमा रोगियों में डॉक्सोफिलाइन: एक यादृच्छिक परीक्षण", HINDI * 2),
    "chinese": ("多索茶碱治疗成人哮喘的随机对照试验研究", CHINESE * 3),
    "korean": ("성인 천식에서 독소필린: 무작위 시험", KOREAN),
    "thai": ("ยาดอกโซฟิลลีน", THAI),
    "html": ("Effects of <i>Escherichia coli</i> in H<sub>2</sub>O &amp; air: a randomised trial", HTML),
    "marks": ("E\u0301tude randomise\u0301e: efficacite\u0301", MARKS),
    "emoji": ("Clinics 🏥 of nurses", EMOJI),
}
PLAIN: Final = dict.fromkeys(("faint", "again", "title", *KINDS), "")


def shown(title: str, abstract: str, width: int, words: tuple[str, ...] = ()) -> list[Content]:
    """The lines of a report."""
    record = Record(title=title, abstract=abstract)
    look = {**PLAIN, "include": "underline"}
    return lines_of(
        Reading(ToScreen(1, record, "PubMed", reconsider=False), highlights({"include": words})), width, look
    )


@pytest.mark.parametrize("width", [8, 9, 20, 41, 78, 100])
@pytest.mark.parametrize("script", SCRIPTS)
def test_lines_fit_and_no_character_is_cut(script: str, width: int) -> None:
    title, abstract = SCRIPTS[script]
    lines = shown(title, abstract, width)
    assert max(line.cell_length for line in lines) <= width
    letters = "".join("".join(line.plain for line in lines).split())
    assert letters == "".join(f"p1 PubMed {printable(title)} {printable(abstract)}".split())
    first = [line.plain.lstrip()[:1] for line in lines if line.plain.strip()]
    assert [each for each in first if unicodedata.category(each)[0] == "M" or each == "\u200d"] == []


@settings(max_examples=100, deadline=None)
@given(
    text=st.lists(st.sampled_from([*"abאבعب 多索。あเก한e\u0301\u0e34\u093f👩\u200d⚕", "अस्थमा", " "]), max_size=60).map(
        "".join
    ),
    width=st.integers(8, 30),
)
def test_any_mixture_fits_and_loses_nothing(text: str, width: int) -> None:
    lines = shown(text, text, width)
    assert all(line.cell_length <= width for line in lines)
    said = printable(text)
    expected = f"p1 PubMed {said or '(no title)'} {said or '(no abstract)'}"
    assert "".join("".join(line.plain for line in lines).split()) == "".join(expected.split())


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("arabic", "عشوائيا"),
        ("hebrew", "אקראית"),
        ("hindi", "यादृच्छिक"),
        ("chinese", "随机"),
        ("korean", "무작위"),
        ("marks", "efficacité"),
    ],
)
@pytest.mark.parametrize("width", [20, 78])
def test_what_is_highlighted_is_the_word_wherever_its_line_stands(script: str, word: str, width: int) -> None:
    found = [
        line.plain[span.start : span.end]
        for line in shown(*SCRIPTS[script], width, (word,))
        for span in line.spans
        if span.style == "underline"
    ]
    bare = {"".join(each for each in part if unicodedata.category(each) != "Mn" or script == "hindi") for part in found}
    assert bare == {word}


@pytest.mark.parametrize("script", ["arabic", "hebrew"])
def test_what_is_written_from_the_right_stands_at_the_right_margin(script: str) -> None:
    lines = [line for line in shown(*SCRIPTS[script], 60)[1:] if line.plain.strip()]
    assert {line.cell_length for line in lines} == {60}
    assert all(not line.plain.endswith(" ") for line in lines)


def test_what_is_written_from_the_left_begins_at_the_left() -> None:
    for script in set(SCRIPTS) - {"arabic", "hebrew"}:
        assert [line.plain for line in shown(*SCRIPTS[script], 60) if line.plain.startswith(" ")] == []


def test_the_first_letter_with_a_direction_tells_it() -> None:
    assert is_from_right("120: ربو FEV1")
    assert is_from_right("(אסתמה)")
    assert not is_from_right("FEV1 ربو")
    assert not is_from_right("120 (3)")
    assert not is_from_right("")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_record_in_another_script_is_shown_as_it_was_agreed_on(
    script: str, size: tuple[int, int], fresh: Fresh, act: Acting
) -> None:
    title, abstract = SCRIPTS[script]
    with fresh("sqlite", WORDS) as review:
        written = Written(title, ("Author, A",), "Journal", 2020, abstract=abstract)
        taken_in(review, act, written)
        lines = play_on(screening_screen(review, act), [], size).lines
    assert agrees(f"script-{script}-{size[0]}x{size[1]}", lines)


def taken_in(review: Review, act: Acting, written: Written) -> None:
    """Import the record."""
    content = written.ris().encode()
    identification.import_file(review, act("L", "import"), "PubMed.ris", content, source="PubMed")


def test_tags_and_entities_are_read_not_shown(fresh: Fresh, act: Acting) -> None:
    title, abstract = SCRIPTS["html"]
    with fresh("sqlite", WORDS) as review:
        taken_in(review, act, Written(title, ("Author, A",), "Journal", 2020, abstract=abstract))
        text = play_on(screening_screen(review, act)).text
    assert "Effects of Escherichia coli in H2O & air: a randomised trial" in text
    assert not [sign for sign in ("<i>", "<sub>", "&lt;", "&amp;", "nbsp") if sign in text]
