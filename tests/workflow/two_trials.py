"""A review with two included trials of two arms, their agreed results, and planned syntheses of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewflow.domain.screening import Stage
from reviewflow.domain.study import Arm, Study
from reviewflow.workflow import extraction, studies

if TYPE_CHECKING:
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Adding, Voting

PLAN = """
[[synthesis]]
name = "cure-rr"
endpoint = "cure"
measure = "RR"
design = "RCT"
model = "mh"

[[synthesis]]
name = "cure-drug"
endpoint = "cure"
measure = "PLO"
arms = "experimental"
"""
TABLE = """study,arm,endpoint,timepoint,events,total,denominator,status,source
One,drug,cure,1 year,10,50,randomised,published,table 2
One,placebo,cure,1 year,5,51,randomised,published,table 2
Two,drug,cure,1 year,20,60,randomised,published,page 4
Two,placebo,cure,1 year,9,61,randomised,published,page 4
"""


def fill(review: Review, act: Acting, add_records: Adding, cast_vote: Voting, design: str = "RCT") -> None:
    """Include two records, link each to a trial, and let A and B extract the same results."""
    for record, label in zip(add_records(review, act, range(2)), ("One", "Two"), strict=True):
        for stage in Stage:
            for name in ("A", "B"):
                cast_vote(review, act, name, record, "include", stage=stage)
        arms = (Arm(0, 0, "drug", "experimental", 60), Arm(0, 0, "placebo", "control", None))
        studies.add(review, act("A", "study link"), Study(0, label, design, arms=arms), [(record, "primary")])
    for name in ("A", "B"):
        extract(review, act, name, TABLE)


def extract(review: Review, act: Acting, name: str, text: str) -> None:
    """Take in one extractor's table."""
    extraction.import_table(review, act(name, "extract import"), "outcomes.csv", text)
