from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Command

pytestmark = pytest.mark.usefixtures("small_review")


def test_a_report_is_shown_with_where_each_field_is_from(rf: Command) -> None:
    ran = rf("dedup", "show", "r4")
    lines = ran.out.splitlines()
    assert (ran.code, lines[0]) == (0, "p1: 2 records, r1 (PubMed), r4 (Embase)")
    at = lines.index("title: Aspirin against headache in adults: a randomised trial")
    assert lines[at + 1] == "    from r1: all records agree"
    at = lines.index("database: PubMed")
    assert lines[at + 2] == "    r4: Embase"
    assert any(line.startswith("    r1 r4  rule ") for line in lines)
    assert "dedup split" in ran.err


def test_a_report_of_one_record_is_shown_without_reasons(rf: Command) -> None:
    ran = rf("dedup", "show", "p2")
    assert ran.out.startswith("p2: 1 record, r2 (PubMed)\n")
    assert "from r2" not in ran.out
    assert ran.err == ""


def test_a_report_as_json_has_every_value_of_every_record(rf: Command) -> None:
    rf("dedup", "merge", "r2", "r3", "--as", "A")
    value = rf("dedup", "show", "p2", "--json").value
    assert [each["record"] for each in value["records"]] == ["r2", "r3"]
    doi = value["fields"]["doi"]
    assert (doi["value"], doi["from"]) == ("10.1000/two", "r2")
    assert doi["others"] == [{"record": "r3", "value": "10.1000/three"}]
    assert doi["records"] == {"r2": "10.1000/two", "r3": "10.1000/three"}
    assert [(link["by"], link["record_a"], link["record_b"]) for link in value["links"]] == [("person", "r2", "r3")]


def test_a_report_that_is_not_there_is_refused(rf: Command) -> None:
    ran = rf("dedup", "show", "p99")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("reviewflow: there is no report p99 in this review\n")
