"""Relations between reports that are no duplicates are kept, listed, and offered where a study is put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewflow.workflow import deduplication, identification, relations
from reviewflow.workflow.relations import RelatedReports

if TYPE_CHECKING:
    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Fresh

TITLE = "Doxofylline added to inhaled steroids in children with asthma: a randomised trial"


def entry(title: str, number: int) -> str:
    lines = (
        "TY  - JOUR",
        f"TI  - {title}",
        "AU  - Okonjo, Adaeze",
        "AU  - Lindqvist, P.",
        "PY  - 2019",
        "JO  - European Respiratory Journal",
        "VL  - 53",
        f"SP  - {1800 + number}",
        f"AN  - A{number}",
        "ER  - ",
    )
    return "\n".join(lines) + "\n"


def imported(review: Review, act: Acting, *titles: str) -> None:
    text = "".join(entry(title, number) for number, title in enumerate(titles, 1))
    identification.import_file(review, act("L", "import"), "x.ris", text.encode(), source="Embase")
    deduplication.run(review, act("L", "dedup run"))


def test_an_erratum_is_kept_apart_and_told_beside_its_report(fresh: Fresh, act: Acting) -> None:
    for kind in ("memory", "postgresql"):
        with fresh(kind) as review:
            imported(review, act, TITLE, f"Erratum: {TITLE}", "A wholly other title on ducks and their ponds")
            found = relations.related(review)
            assert [(each.report, each.of, each.kind) for each in found] == [(2, 1, "erratum of")]
            assert found == relations.related(review, "erratum of")
            assert relations.related(review, "preprint of") == []
            assert deduplication.report(review).relations == (("erratum of", 1),)


def test_what_is_related_to_the_reports_of_a_study_is_offered(fresh: Fresh, act: Acting) -> None:
    with fresh("memory") as review:
        imported(review, act, TITLE, f"Erratum: {TITLE}")
        offered = relations.belonging(review, [1])
        assert [(each.report, each.of, each.kind, each.title) for each in offered] == [
            (2, 1, "erratum of", f"Erratum: {TITLE}")
        ]
        assert isinstance(offered[0], RelatedReports)
        assert relations.belonging(review, [1, 2]) == []


def test_a_relation_ends_when_a_person_calls_the_two_one_report(fresh: Fresh, act: Acting) -> None:
    with fresh("memory") as review:
        imported(review, act, TITLE, f"Erratum: {TITLE}")
        deduplication.merge(review, act("L", "dedup merge"), 1, 2)
        assert relations.related(review) == []


def test_duplicates_by_rule_and_by_hand_add_up(fresh: Fresh, act: Acting) -> None:
    with fresh("memory") as review:
        imported(
            review, act, TITLE, TITLE.upper(), "Ducks and their ponds in a colder world", "Geese, and nothing else"
        )
        before = deduplication.report(review)
        deduplication.merge(review, act("L", "dedup merge"), 3, 4)
        after = deduplication.report(review)
        assert (after.n_by_rules, after.n_by_hand) == (before.n_by_rules, 1)
        assert after.n_records == after.n_reports + after.n_by_rules + after.n_by_hand
