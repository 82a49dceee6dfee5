"""A review to screen: records in many scripts, with brackets and tags in the text, long, and without an abstract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reviewflow.domain.screening import Stage, Verdict
from reviewflow.storage.review import create_review
from reviewflow.workflow import adjudication, identification, retrieval, screening
from tests.conftest import COPY, PROTOCOL, Acts
from tests.tui.doubts import COHORT, LONG, TRIAL, Written

if TYPE_CHECKING:
    from pathlib import Path

    from reviewflow.storage.review import Review
    from tests.conftest import Acting

MORE: Final = """
[[criterion]]
id = "I1"
kind = "inclusion"
text = "Adults with asthma"

[[criterion]]
id = "E1"
kind = "exclusion"
text = "Animals [any], and children only"

[highlight]
include = ["random*"]
exclude = ["child*", "cohort study", "患者"]
population = ["adults", "asthma"]
intervention = ["doxofylline"]
outcome = ["FEV1"]
"""
RECORDS: Final = (
    TRIAL,
    Written(
        "Hand rubs [alcohol] in wards: [bold]a stepped-wedge trial[/bold]",
        tuple(f"Author{n}, A" for n in range(1, 12)),
        "Journal of Clean Wards",
        2015,
        "4",
        abstract=LONG,
    ),
    Written(
        "多索茶碱治疗成人哮喘的随机对照试验研究",
        ("王, 伟", "李, 娜"),
        "中华哮喘杂志",
        2016,
        "9",
        "2",
        abstract="目的\uff1a评价多索茶碱的疗效。方法\uff1a120例患者。" * 12,
    ),
    Written(
        "\u202eدوكسوفيلين في علاج الربو عند البالغين: تجربة عشوائية",
        ("الحسن, علي",),
        "مجلة الربو",
        2020,
        abstract="الخلفية: دوكسوفيلين من الزانثينات. الطرق: وزعنا 120 مريضا عشوائيا.",
    ),
    Written(
        "Inhaled budesonide in school children: a cohort study",
        ("Moreau, Lise",),
        "Paediatric Breath",
        2011,
        abstract="We followed 40 children; 3 < 5 & 7 > 6. [link=x]No link[/link], {braces} and \\backslashes.",
    ),
    COHORT,
    Written("Yoga in adults with asthma: a trial", ("Rao, Mira",), "Breath", 2018, abstract="Forty adults breathed."),
    Written("Ginger tea in asthma", ("Chen, Li",), "Tea", 2009, abstract="Ginger tea was given to adults."),
)
"""Records 1 to 8, each a report of its own."""


def made(folder: Path, title: str = "A small review") -> Review:
    """A review on SQLite with these records and nobody's votes."""
    text = PROTOCOL.replace("A small review", title) + MORE
    review, act = create_review(folder, text, COPY), Acts()
    content = "\n".join(each.ris() for each in RECORDS).encode()
    identification.import_file(review, act("L", "import PubMed.ris"), "PubMed.ris", content, source="PubMed")
    return review


def vote(
    review: Review,
    act: Acting,
    name: str,
    record: int,
    verdict: str,
    reason: str = "",
    note: str = "",
    stage: Stage = Stage.TITLE_ABSTRACT,
) -> None:
    """One vote."""
    decision = screening.Decision(record, Verdict(verdict), reason, note)
    screening.vote(review, act(name, f"screen vote p{record}"), stage, [decision])


def with_conflicts(review: Review, act: Acting) -> None:
    """Reports 1 and 2 wait for the adjudicator, 3 is at the cross-check, and 4 was resolved."""
    for report, mine in ((1, "include"), (2, "unsure"), (4, "include")):
        for _ in range(2):
            vote(review, act, "A", report, mine, note=f"adults, {report}")
            vote(review, act, "B", report, "exclude", "wrong_population", "these are [not] adults")
    vote(review, act, "A", 3, "include")
    vote(review, act, "B", 3, "exclude", note="a secret of B")
    decisions = [screening.Decision(4, Verdict.INCLUDE)]
    adjudication.resolve(review, act("X", "screen resolve p4"), Stage.TITLE_ABSTRACT, decisions)


def with_full_texts(review: Review, act: Acting) -> None:
    """Reports 1, 2 and 7 are at full text: 1 with a file, 2 requested, 7 not noted."""
    for report in (1, 2, 7):
        for name in ("A", "B"):
            vote(review, act, name, report, "include")
    retrieval.note_step(review, act("X", "fulltext add"), [1], "retrieved", attachment=("Neskwood 2019.pdf", b"%PDF-"))
    retrieval.note_step(review, act("X", "fulltext"), [2], "requested")
