"""Reports that are neither included nor excluded stand in the diagram, so that its numbers add up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reviewflow.domain.flow.checks import check_flow
from reviewflow.domain.flow.counts import TEMPLATES
from reviewflow.domain.flow.diagram import boxes, template_file
from reviewflow.domain.flow.terminal import to_text
from reviewflow.resources import schema_toml
from tests.flow.made_counts import DATABASES

AWAITING, ONGOING = "Reports awaiting classification", "Reports of ongoing studies"


@pytest.mark.parametrize("template", TEMPLATES)
def test_reports_awaiting_classification_and_ongoing_ones_are_drawn_where_there_are_any(template: str) -> None:
    table = schema_toml("flow", template_file(template))
    for awaiting, ongoing in ((0, 0), (3, 0), (0, 2), (3, 2)):
        counts = replace(DATABASES, template=template, awaiting_classification=awaiting, ongoing=ongoing)
        drawn = {line.text: line.n for line in boxes(counts, table).box("included").lines}
        assert drawn.get(AWAITING, 0) == awaiting
        assert drawn.get(ONGOING, 0) == ongoing
        assert (AWAITING in drawn, ONGOING in drawn) == (awaiting > 0, ongoing > 0)
        assert (f"{ONGOING} (n = 2)" in to_text(boxes(counts, table))) == (ongoing == 2)


def test_the_checks_miss_reports_that_are_neither_included_nor_excluded_nor_counted_so() -> None:
    told = replace(DATABASES, new_reports=9, new_studies=9, awaiting_classification=2, ongoing=1)
    assert {check.id: check.ok for check in check_flow(told)}["P10"] is True
    untold = replace(told, ongoing=0)
    failed = {check.id for check in check_flow(untold) if check.ok is False}
    assert {"P6", "P10"} <= failed
