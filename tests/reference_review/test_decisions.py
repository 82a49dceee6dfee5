from __future__ import annotations

import csv
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from data.reference_review import generate

FOLDER = Path(generate.__file__).resolve().parent
REVIEWERS = ("CB", "CKX")
INCLUDED = {f"R{number:03d}" for number in range(1, 13)}

# What a vote says: the verdict and, in full text, the primary reason. Unsure goes on to full text.
Vote = tuple[str, str]


@pytest.fixture(scope="module")
def work_of() -> dict[tuple[str, str], str]:
    with (FOLDER / "provenance.csv").open(encoding="utf-8", newline="") as stream:
        return {(row["source"], row["accession"]): row["work_id"] for row in csv.DictReader(stream)}


def ballot(name: str) -> list[dict[str, str]]:
    with (FOLDER / "decisions" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def votes(name: str, stage: str, work_of: dict[tuple[str, str], str]) -> dict[str, Vote]:
    cast = [row for row in ballot(name) if row["stage"] == stage]
    by_work = {
        work_of[row["source"], row["accession"]]: (row["verdict"].replace("unsure", "include"), row["reason"])
        for row in cast
    }
    assert len(by_work) == len(cast), "one vote on each work"
    return by_work


def settled(stage: str, work_of: dict[tuple[str, str], str]) -> tuple[dict[str, Vote], int, int]:
    """The outcome of each work, how many were in conflict, and how many of these went to the adjudicator."""
    first = [votes(f"screen_{reviewer}", stage, work_of) for reviewer in REVIEWERS]
    again = [votes(f"crosscheck_{reviewer}", stage, work_of) for reviewer in REVIEWERS]
    last = votes("adjudicate_XDQ", stage, work_of)
    assert set(first[0]) == set(first[1])
    conflicts = {work for work in first[0] if first[0][work] != first[1][work]}
    assert set(again[0]) == set(again[1]) == conflicts
    disputes = {work for work in conflicts if again[0][work] != again[1][work]}
    assert set(last) == disputes
    outcome = {work: last.get(work) or again[0].get(work) or vote for work, vote in first[0].items()}
    return outcome, len(conflicts), len(disputes)


def test_title_and_abstract_leave_262_of_523(work_of: dict[tuple[str, str], str]) -> None:
    outcome, n_conflicts, n_disputes = settled("title_abstract", work_of)
    assert set(outcome) == set(work_of.values())
    assert Counter(verdict for verdict, _ in outcome.values()) == {"include": 262, "exclude": 261}
    assert (n_conflicts, n_disputes) == (72, 40)


def test_full_texts_leave_the_twelve_studies_of_the_review(work_of: dict[tuple[str, str], str]) -> None:
    forwarded = {work for work, (verdict, _) in settled("title_abstract", work_of)[0].items() if verdict == "include"}
    outcome, n_conflicts, n_disputes = settled("full_text", work_of)
    assert set(outcome) == forwarded
    assert {work for work, (verdict, _) in outcome.items() if verdict == "include"} == INCLUDED
    assert (n_conflicts, n_disputes) == (26, 12)


def test_some_disputes_in_full_text_are_on_the_reason_alone(work_of: dict[tuple[str, str], str]) -> None:
    again = [votes(f"crosscheck_{reviewer}", "full_text", work_of) for reviewer in REVIEWERS]
    disputes = votes("adjudicate_XDQ", "full_text", work_of)
    assert sum(again[0][work][0] == again[1][work][0] for work in disputes) == 7


def test_every_exclusion_in_full_text_has_one_reason_of_the_protocol(work_of: dict[tuple[str, str], str]) -> None:
    protocol = tomllib.loads((FOLDER / "protocol.toml").read_text(encoding="utf-8"))
    reasons = {reason["id"] for reason in protocol["reason"]}
    outcome, _, _ = settled("full_text", work_of)
    counts = Counter(reason for verdict, reason in outcome.values() if verdict == "exclude")
    assert set(counts) == reasons
    assert counts.total() == 250
    assert counts["duplicate_report"] == 2
    cast = [row for name in ("screen_CB", "screen_CKX", "crosscheck_CB", "crosscheck_CKX") for row in ballot(name)]
    assert all(row["reason"] in reasons for row in cast if (row["stage"], row["verdict"]) == ("full_text", "exclude"))


def test_every_decision_says_that_it_is_part_of_the_reconstruction() -> None:
    for path in (FOLDER / "decisions").iterdir():
        assert {row["assigned_by"] for row in ballot(path.stem)} == {"reconstruction"}


def test_the_two_reviewers_are_often_shown_different_records_of_one_work(work_of: dict[tuple[str, str], str]) -> None:
    seen: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for reviewer in REVIEWERS:
        for row in ballot(f"screen_{reviewer}"):
            if row["stage"] == "title_abstract":
                seen[work_of[row["source"], row["accession"]]].add((row["source"], row["accession"]))
    assert sum(len(records) == 2 for records in seen.values()) > 80


def test_the_reports_of_the_twelve_studies_are_named_by_their_records(work_of: dict[tuple[str, str], str]) -> None:
    with (FOLDER / "study_reports.csv").open(encoding="utf-8", newline="") as stream:
        reports = list(csv.DictReader(stream))
    roles = defaultdict(set)
    for row in reports:
        roles[row["role"]].add(work_of[row["source"], row["accession"]])
    assert roles["primary"] == INCLUDED
    assert roles["companion"] == {"R017", "R040"}
    assert roles["registration"] == {"R075", "R076", "R078"}
    assert len({row["study"] for row in reports}) == 12
