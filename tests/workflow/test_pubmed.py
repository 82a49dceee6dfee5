from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reviewflow.cli.main import run as reviewflow
from reviewflow.domain.search.accounting import ids_sha256
from reviewflow.domain.search.slices import published_from
from reviewflow.errors import ServiceError, StateError, UsageError
from reviewflow.storage import records, runs
from reviewflow.storage.records import Search
from reviewflow.storage.review import open_review
from reviewflow.workflow import history, identification, pubmed, pubmed_again
from reviewflow.workflow.check import check
from reviewflow.workflow.pubmed_ids import find
from tests.sources.fake_pubmed import RATE_LIMIT, Fault, Hourglass, held, pubmed_at, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reviewflow.storage.review import Review
    from tests.conftest import Acting, Fresh
    from tests.sources.fake_pubmed import FakePubmed

QUERY = '"common cold"[tiab] AND (cure OR remedy*)'


@pytest.fixture
def fake() -> Iterator[FakePubmed]:
    with serving(held(450)) as running:
        yield running


@pytest.fixture
def small(fresh: Fresh) -> Iterator[Review]:
    with fresh() as opened:
        yield opened


def pmids_in(review: Review) -> list[str]:
    with review.reading() as connection:
        return [record.pmid for _, _, record in records.records(connection)]


def details(review: Review, search: int) -> runs.Run:
    with review.reading() as connection:
        return next(run for run in runs.runs(connection) if run.search == search)


def test_a_run_imports_every_record_and_keeps_what_was_asked_and_said(
    review: Review, act: Acting, fake: FakePubmed
) -> None:
    fake.warnings = "<WarningList><QuotedPhraseNotFound>&quot;common cold&quot;</QuotedPhraseNotFound></WarningList>"
    ran = pubmed.run(review, act("L", "search run"), pubmed_at(fake), QUERY, published_from("2015:"))
    assert (ran.count, ran.n_new, ran.is_complete, ran.absent, ran.notes) == (450, 450, True, (), ())
    assert ran.warnings == ('QuotedPhraseNotFound: "common cold"',)
    assert sorted(pmids_in(review)) == sorted(record.pmid for record in fake.records)
    with review.reading() as connection:
        (search,) = records.searches(connection)
    assert replace(search, note="") == Search(
        *(1, "PubMed", "database", pubmed.PLATFORM, QUERY, "published from 2015 onwards", "2026-01-05", 450, "", 450)
    )
    kept = details(review, 1).details
    assert kept["term"] == f'({QUERY}) AND ("2015"[Date - Publication] : "3000"[Date - Publication])'
    assert kept["translation"] == f"{kept['term']} [translated]"
    assert kept["warnings"] == [["QuotedPhraseNotFound", '"common cold"']]
    assert kept["ids_sha256"] == ids_sha256(record.pmid for record in fake.records)
    assert (kept["count"], kept["n_fetched"], kept["database_build"]) == (450, 450, "Build-2026.01.04.17.24")
    assert (kept["email_given"], kept["tool"].split()[0]) == (True, "reviewflow")
    assert [finding for finding in check(review).findings if finding.level == "error"] == []


def test_batches_hold_200_ids_and_lie_on_disk_as_they_came(small: Review, act: Acting, fake: FakePubmed) -> None:
    pubmed.run(small, act("L", "search run"), pubmed_at(fake), QUERY)
    asked = fake.fetched()
    assert [len(ids) for ids in asked] == [200, 200, 50]
    (folder,) = (small.folder / "searches").iterdir()
    for n, ids in enumerate(asked, start=1):
        content = (folder / f"batch-{n:04d}.nbib").read_bytes()
        assert content.decode() == fake.answer("efetch", {"id": ",".join(ids)})[2]


def test_a_run_is_one_change_and_undone_as_one(small: Review, act: Acting, fake: FakePubmed) -> None:
    pubmed.run(small, act("L", "search run"), pubmed_at(fake), QUERY)
    history.undo(small, act("L", "undo"))
    assert pmids_in(small) == []
    assert identification.list_searches(small) == []
    assert pubmed.run(small, act("L", "search run"), pubmed_at(fake), QUERY).n_new == 450


def test_25000_records_are_found_in_slices_that_sum_exactly() -> None:
    with serving(held(25_000)) as fake:
        hits = find(pubmed_at(fake), "cure")
        assert sum(n for _, n in hits.slices) == 25_000 == len(hits.ids) == len(set(hits.ids))
        assert set(hits.ids) == {record.pmid for record in fake.records}
        assert hits.wrong == ""
        assert max(n for _, n in hits.slices) <= 9_000
        assert all(int(asked.get("retmax", 0)) <= 9_999 and "retstart" not in asked for _, asked in fake.log)
        assert len(fake.log) < 25


@pytest.mark.parametrize(("n", "n_requests"), [(9_998, 1), (9_999, 1)])
def test_what_pubmed_hands_out_whole_is_not_sliced(n: int, n_requests: int) -> None:
    with serving(held(n)) as fake:
        hits = find(pubmed_at(fake), "cure")
        assert (len(hits.ids), hits.wrong, len(fake.log)) == (n, "", n_requests)


def test_one_record_more_than_pubmed_hands_out_is_not_lost_in_silence() -> None:
    with serving(held(10_000)) as fake:
        hits = find(pubmed_at(fake), "cure")
        assert (len(hits.ids), hits.wrong) == (10_000, "")


@pytest.mark.parametrize("others", ["language", "printed"])
def test_a_day_with_more_records_than_pubmed_hands_out_is_parted_by_what_tells_them_apart(others: str) -> None:
    there = held(21_000, days=1)
    for place, record in enumerate(there):
        if others == "language":
            record.language = "german" if place % 5 == 0 else "english"
        record.printed = f"{1990 + place % 30}/0{1 + place % 9}/11"
    with serving(there + held(500, start=50_000_001)) as fake:
        hits = find(pubmed_at(fake), "cure OR remedy")
        assert hits.wrong == ""
        assert sum(n for _, n in hits.slices) == 21_500 == len(hits.ids) == len(set(hits.ids))
        assert max(n for _, n in hits.slices) <= 9_000
        parted = {asked["term"] for _, asked in fake.log} - {"cure OR remedy"}
        assert all(term.startswith("(cure OR remedy) ") for term in parted)
        assert len(fake.log) < 60


def test_records_of_one_day_that_nothing_parts_make_the_run_incomplete_and_say_so() -> None:
    with serving(held(10_500, days=1)) as fake:
        hits = find(pubmed_at(fake), "cure")
        assert hits.wrong == (
            "10500 records were entered on 2015-03-01 and are alike in all by which they could be parted, "
            "and PubMed hands out 9999"
        )


def test_parts_of_a_day_that_contradict_each_other_make_the_run_incomplete() -> None:
    with serving(held(10_500, days=1)) as fake:
        for record in fake.records[:4000]:
            record.language = "german"
        fake.off_by_in_parts = 7
        hits = find(pubmed_at(fake), "cure")
        assert hits.wrong


def test_slices_that_do_not_sum_to_the_count_make_the_run_incomplete_and_say_so(
    small: Review, act: Acting, fake: FakePubmed
) -> None:
    fake.off_by = 3
    ran = pubmed.run(small, act("L", "search run"), pubmed_at(fake), QUERY)
    assert not ran.is_complete
    assert ran.wrong == ("the slices by day of entry sum to 450 records, and PubMed counts 453",)
    assert details(small, 1).details["wrong"] == ran.wrong[0]
    assert any("453 records were expected and 450" in note for note in ran.notes)


def test_a_record_that_does_not_come_is_asked_for_once_more_and_then_listed(
    small: Review, act: Acting, fake: FakePubmed
) -> None:
    lost = [fake.records[7].pmid, fake.records[321].pmid]
    fake.absent = set(lost)
    ran = pubmed.run(small, act("L", "search run"), pubmed_at(fake), QUERY)
    assert fake.fetched()[-1] == tuple(lost)
    assert (ran.absent, ran.n_new, ran.is_complete) == (tuple(lost), 448, False)
    assert details(small, 1).details["absent"] == lost


def test_a_search_without_hits_is_logged_with_its_warnings(small: Review, act: Acting, fake: FakePubmed) -> None:
    ran = pubmed.run(small, act("L", "search run"), pubmed_at(fake), "abcxyz")
    assert (ran.count, ran.n_new, ran.is_complete) == (0, 0, True)
    assert ran.warnings == ("PhraseNotFound: abcxyz", "OutputMessage: No items found.")
    assert fake.fetched() == []
    assert [(s.strategy, s.n_expected, s.n_records) for s in identification.list_searches(small)] == [("abcxyz", 0, 0)]


def test_a_dead_webenv_does_not_matter(small: Review, act: Acting, fake: FakePubmed) -> None:
    # The server gives one with every search and refuses every request that uses it.
    assert pubmed.run(small, act("L", "search run"), pubmed_at(fake), QUERY).is_complete
    assert fake.answer("efetch", {"WebEnv": "MCID_expired", "id": "1"})[0] == 400


def test_a_run_that_fails_in_the_middle_writes_nothing_and_goes_on_where_it_was(
    small: Review, act: Acting, fake: FakePubmed
) -> None:
    fake.faults.extend(Fault(429, RATE_LIMIT, utility="efetch") for _ in range(6))
    with pytest.raises(ServiceError, match="API rate limit exceeded"):
        pubmed.run(small, act("L", "search run"), pubmed_at(fake), QUERY)
    assert identification.list_searches(small) == []
    fake.log.clear()
    fake.faults.extend([Fault(200, "", utility="esearch")] * 6)  # a plan is there: nothing is searched again
    ran = pubmed.run(small, act("L", "search run"), pubmed_at(fake), QUERY)
    assert (ran.n_new, ran.n_kept) == (450, 0)
    assert {utility for utility, _ in fake.log} == {"efetch"}


def test_an_interrupted_run_of_another_query_or_another_day_is_left_alone(
    small: Review, act: Acting, fake: FakePubmed
) -> None:
    fake.faults.extend(Fault(500, utility="efetch") for _ in range(6))
    with pytest.raises(ServiceError):
        pubmed.run(small, act("L", "search run"), pubmed_at(fake), QUERY)
    fake.records.append(replace(fake.records[0], pmid="40000000"))
    assert pubmed.run(small, act("L", "search run"), pubmed_at(fake), "another query").n_new == 451
    late = act("L", "search run")
    assert pubmed.run(small, replace(late, at_utc=late.at_utc + timedelta(days=2)), pubmed_at(fake), QUERY).n_new == 451


def test_the_same_query_a_second_time_is_sent_to_rerun(small: Review, act: Acting, fake: FakePubmed) -> None:
    pubmed.run(small, act("L", "search run"), pubmed_at(fake), QUERY)
    with pytest.raises(StateError, match="search 1 ran this very query on 2026-01-05") as caught:
        pubmed.run(small, act("L", "search run"), pubmed_at(fake), QUERY)
    assert "search rerun 1" in caught.value.remedy


@pytest.mark.parametrize("query", ['"common cold', "(cure OR remedy", "#1 AND #2", "1. cold\n2. cure\n3. 1 AND 2"])
def test_a_query_with_a_slip_is_refused_before_anything_is_sent(
    small: Review, act: Acting, fake: FakePubmed, query: str
) -> None:
    with pytest.raises(UsageError):
        pubmed.run(small, act("L", "search run"), pubmed_at(fake), query)
    assert fake.log == []


def test_nobody_outside_the_team_makes_a_request(small: Review, act: Acting, fake: FakePubmed) -> None:
    with pytest.raises(UsageError, match="not in the team"):
        pubmed.run(small, act("Nobody", "search run"), pubmed_at(fake), QUERY)
    assert fake.log == []


def test_a_rerun_tells_new_lost_and_newly_retracted_records_and_imports_the_new(
    review: Review, act: Acting, fake: FakePubmed
) -> None:
    fake.records[2].retracted = True  # known to be so from the first run
    pubmed.run(review, act("L", "search run"), pubmed_at(fake), QUERY)
    lost, retracted = fake.records.pop(10).pmid, fake.records[20]
    retracted.retracted = True
    fake.records += held(3, start=41_000_001)
    ran = pubmed_again.rerun(review, act("L", "search run"), pubmed_at(fake), 1)
    assert (ran.search, ran.count, ran.n_new, ran.lost, ran.is_complete) == (2, 452, 3, (lost,), True)
    assert len(ran.retracted) == 1
    with review.reading() as connection:
        ((_, _, record),) = records.records(connection, ran.retracted)
    assert record.pmid == retracted.pmid
    assert fake.fetched()[-1] == ("41000001", "41000002", "41000003")
    assert [(s.n_expected, s.n_records) for s in identification.list_searches(review)] == [(450, 450), (3, 3)]
    assert details(review, 2).rerun_of == 1
    # What was told once is not news again; a re-run of a re-run is one of the first.
    again = pubmed_again.rerun(review, act("L", "search run"), pubmed_at(fake), 2)
    assert (again.n_new, again.retracted, details(review, 3).rerun_of) == (0, (), 1)


def test_a_rerun_keeps_the_date_limit_and_cannot_lose_its_first_run_to_an_undo(
    small: Review, act: Acting, fake: FakePubmed
) -> None:
    first = act("L", "search run")
    pubmed.run(small, first, pubmed_at(fake), QUERY, published_from("2015:2020"))
    pubmed_again.rerun(small, act("L", "search rerun 1"), pubmed_at(fake), 1)
    terms = {asked["term"] for utility, asked in fake.log if utility == "esearch" and "Retracted" not in asked["term"]}
    assert terms == {f'({QUERY}) AND ("2015"[Date - Publication] : "2020"[Date - Publication])'}
    with pytest.raises(StateError, match="search rerun 1"):
        history.undo(small, act("L", "undo"), first.uuid[:8])


def test_a_search_that_was_logged_by_hand_can_be_run_again(small: Review, act: Acting, fake: FakePubmed) -> None:
    logged = Search(0, "MEDLINE (PubMed)", "database", "", QUERY, "English", "2022-07-16", None, "")
    identification.add_search(small, act("L", "search run"), logged)
    ran = pubmed_again.rerun(small, act("L", "search run"), pubmed_at(fake), 1)
    assert (ran.source, ran.n_new) == ("MEDLINE (PubMed)", 450)
    assert "run without the limits of search 1: English" in ran.notes


def test_only_a_search_of_pubmed_with_a_strategy_is_run_again(small: Review, act: Acting, fake: FakePubmed) -> None:
    for source, strategy in (("Embase", "cure:ti"), ("PubMed", "")):
        identification.add_search(
            small, act("L", "search run"), Search(0, source, "database", "", strategy, "", "", None, "")
        )
    for search, words in ((1, "is of Embase"), (2, "no strategy"), (9, "no search 9")):
        with pytest.raises(UsageError, match=words):
            pubmed_again.rerun(small, act("L", "search run"), pubmed_at(fake), search)
    assert fake.log == []


def test_requests_of_a_run_keep_the_rate_from_first_to_last(small: Review, act: Acting, fake: FakePubmed) -> None:
    hourglass = Hourglass()
    pubmed.run(small, act("L", "search run"), pubmed_at(fake, hourglass), QUERY)
    assert hourglass.at / (len(fake.log) - 1) >= 1 / 3


SECRETS = {"NCBI_API_KEY": "0123456789abcdef", "NCBI_EMAIL": "searcher@example.org"}


def start(review: Review, fake: FakePubmed, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "reviewflow", "search", *words, "--as", "L", "--json"],
        cwd=review.folder,
        env={**os.environ, **SECRETS, "REVIEWFLOW_ENTREZ_URL": fake.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_after_a_kill_no_batch_is_fetched_twice_and_no_credential_is_kept(fresh: Fresh) -> None:
    with fresh("sqlite") as review, serving(held(700)) as fake:
        go_on = threading.Event()
        fake.faults.extend(Fault(utility="efetch", hold=event) for event in (_set(), _set(), go_on))
        with start(review, fake, "run", "pubmed", QUERY) as killed:
            while len(fake.fetched()) < 3:
                assert killed.poll() is None, killed.stderr.read() if killed.stderr else ""
                time.sleep(0.02)
            killed.kill()
            killed.communicate()
        go_on.set()
        assert identification.list_searches(review) == []
        done, cut_off = fake.fetched()[:2], fake.fetched()[2]
        fake.log.clear()
        with start(review, fake, "run", "pubmed", QUERY) as second:
            told, said = second.communicate(timeout=20)
        assert second.returncode == 0, said
        answer = json.loads(told)
        assert (answer["n_new"], answer["n_kept"], answer["complete"]) == (700, 2, True)
        assert fake.fetched()[0] == cut_off
        assert not set(done) & set(fake.fetched())
        assert [utility for utility, _ in fake.log] == ["efetch", "efetch"]
        assert sorted(pmids_in(open_review(review.folder))) == sorted(record.pmid for record in fake.records)
        assert fake.log[0][1]["api_key"] == SECRETS["NCBI_API_KEY"]
        kept = b"".join(path.read_bytes() for path in review.folder.rglob("*") if path.is_file())
        for secret in SECRETS.values():
            assert secret.encode() not in kept
            assert secret not in told + said


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


def on_the_command_line(
    review: Review, fake: FakePubmed, monkeypatch: pytest.MonkeyPatch, *words: str, folder: bool = True
) -> int:
    for name, value in {**SECRETS, "REVIEWFLOW_ENTREZ_URL": fake.url, "REVIEWFLOW_REVIEWER": "L"}.items():
        monkeypatch.setenv(name, value)
    return reviewflow(["search", *words, *(["--review", str(review.folder)] if folder else [])])


def test_the_commands_show_what_pubmed_said_and_report_it_by_prisma_s(
    fresh: Fresh, fake: FakePubmed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fake.warnings = "<ErrorList><PhraseNotFound>remedi</PhraseNotFound></ErrorList>"
    fake.absent = {fake.records[0].pmid}
    note = "Peer review: PRESS by a second librarian; Filter: none"
    with fresh("sqlite") as review:
        words = ("run", "pubmed", QUERY, "--date", "2015:2022-07-16", "--note", note)
        assert on_the_command_line(review, fake, monkeypatch, *words) == 1
        shown = capsys.readouterr()
        assert "Search 1, PubMed: 450 records found, 449 imported." in shown.out
        assert "warning: PhraseNotFound: remedi" in shown.out
        assert f"1 were found and did not come: {fake.records[0].pmid}" in shown.out
        assert shown.err.endswith("Next: reviewflow dedup run\n")
        fake.absent.clear()
        assert on_the_command_line(review, fake, monkeypatch, "rerun", "1") == 0
        assert "  1 new\n  0 in the review are no longer found\n" in capsys.readouterr().out
        file = tmp_path / "log.md"
        assert on_the_command_line(review, fake, monkeypatch, "report", "-o", str(file)) == 0
        text = file.read_text(encoding="utf-8")
        assert f"```text\n{QUERY}\n```" in text
        assert "- Limits: published from 2015 to 2022-07-16" in text
        capsys.readouterr()
        assert on_the_command_line(review, fake, monkeypatch, "report", "--prisma-s", "--json") == 0
        items = {item["number"]: item for item in json.loads(capsys.readouterr().out)["items"]}
    assert list(items) == list(range(1, 17))
    assert items[1]["words"] == f"PubMed ({pubmed.PLATFORM})"
    assert (items[14]["state"], items[14]["words"]) == ("yes", "PubMed: PRESS by a second librarian")
    assert items[12]["state"] == items[13]["state"] == items[8]["state"] == "yes"
    assert (items[15]["state"], items[3]["state"], items[16]["state"]) == ("partly", "no", "no")


def test_the_service_that_fails_is_exit_5_and_a_wrong_address_exit_2(
    fresh: Fresh, fake: FakePubmed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.faults.append(Fault(400, "no"))
    with fresh("sqlite") as review:
        assert on_the_command_line(review, fake, monkeypatch, "run", "pubmed", QUERY) == 5
        assert "refused a request: HTTP 400 Bad Request: no" in capsys.readouterr().err
        fake.url = "http://example.org"
        assert on_the_command_line(review, fake, monkeypatch, "run", "pubmed", QUERY) == 2
