from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from reviewflow.workflow import flow
from reviewflow.workflow.check import check

if TYPE_CHECKING:
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Filling

ALTERED = {
    "standing": "DELETE FROM standing WHERE change = (SELECT max(change) FROM vote)",
    "placement": "UPDATE placement SET report = 2 WHERE record = 3",
    "a record without a report": "DELETE FROM placement WHERE record = 3",
    "report": "UPDATE report SET title_abstract = '2/0/0/0/0|0||0||', ta_voters = 2 WHERE id = 3",
    "a report too many": (
        "INSERT INTO report (id, route, removed, retrieval, title_abstract, ta_voters, ta_assigned, full_text, "
        "ft_voters, ft_assigned) "
        "VALUES (99, 'database', '', '', '', '', '', '', '', '')"
    ),
    "ballot": "UPDATE ballot SET verdict = 'exclude' WHERE report = 1",
}
FIELDS = ("title = 'Another title'", "doi = ''", "accession = 'ACC9'", "year = 1900", "fields = '{}'")


def altered(review: Review, statement: str) -> None:
    with review.engine.begin() as connection:
        connection.execute(sa.text(statement))


def rules(review: Review, *, repair: bool = False) -> list[str]:
    return [finding.rule for finding in check(review, repair=repair).findings if finding.rule != "synthesis"]


@pytest.mark.parametrize("which", ALTERED)
def test_a_side_table_altered_by_hand_is_found_and_rebuilt_from_the_facts(filled: Review, which: str) -> None:
    counts = flow.compute(filled, "L").to_json()
    altered(filled, ALTERED[which])
    assert "side-table" in rules(filled)
    assert "side-table" in rules(filled), "a check alone mends nothing"
    assert "side-table" in rules(filled, repair=True)
    assert rules(filled) == []
    assert flow.compute(filled, "L").to_json() == counts


@pytest.mark.parametrize("field", FIELDS)
def test_canonical_fields_altered_by_hand_are_found_and_read_anew(filled: Review, field: str) -> None:
    altered(filled, f"UPDATE record SET {field} WHERE id = 2")  # noqa: S608 the statements of this file
    assert rules(filled) == ["canonical-fields"]
    check(filled, repair=True)
    assert rules(filled) == []


def test_canonical_fields_that_are_gone_are_read_anew(filled: Review) -> None:
    altered(filled, "DELETE FROM record")
    assert rules(filled) == ["canonical-fields"]
    check(filled, repair=True)
    assert rules(filled) == []


def test_a_repair_touches_no_fact(filled: Review) -> None:
    altered(filled, ALTERED["ballot"])
    assert "hash-chain" not in rules(filled, repair=True)


def test_a_whole_review_has_nothing_to_find(review: Review, act: Acting, fill: Filling) -> None:
    assert check(review).findings == ()
    fill(review, act)
    assert rules(review) == []
