from __future__ import annotations

import importlib
import time
from typing import TYPE_CHECKING
from urllib.request import Request

import pytest

from reviewflow.errors import ServiceError, UsageError
from reviewflow.sources.answers import nothing_wrong, pmids
from reviewflow.sources.entrez import ADDRESS, Entrez
from reviewflow.sources.opener import Opener, RefusedError
from reviewflow.sources.rate import Clock, Rate
from reviewflow.sources.retry import Patience
from tests.sources.fake_pubmed import (
    BAD_GATEWAY,
    RATE_LIMIT,
    WEB_PAGE,
    Fault,
    Hourglass,
    held,
    pubmed_at,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sources.fake_pubmed import FakePubmed


@pytest.fixture
def fake() -> Iterator[FakePubmed]:
    with serving(held(30)) as running:
        yield running


def ids(fake: FakePubmed) -> list[str]:
    return [record.pmid for record in fake.records]


def test_a_search_gives_count_ids_translation_and_every_warning(fake: FakePubmed) -> None:
    fake.warnings = (
        "<ErrorList><PhraseNotFound>colld</PhraseNotFound></ErrorList><WarningList><PhraseIgnored>the</PhraseIgnored>"
        "<QuotedPhraseNotFound>&quot;common colld&quot;</QuotedPhraseNotFound></WarningList>"
    )
    found = pubmed_at(fake).search('cure AND "common colld"', retmax=10)
    assert (found.count, found.ids) == (30, tuple(ids(fake)[:10]))
    assert found.translation == 'cure AND "common colld" [translated]'
    assert found.translations == (("cure", '"cure"[All Fields]'),)
    assert found.warnings == (
        ("PhraseNotFound", "colld"),
        ("PhraseIgnored", "the"),
        ("QuotedPhraseNotFound", '"common colld"'),
    )


def test_a_search_without_hits_is_an_answer_and_says_why(fake: FakePubmed) -> None:
    found = pubmed_at(fake).search("abcxyz")
    assert (found.count, found.ids) == (0, ())
    assert found.warnings == (("PhraseNotFound", "abcxyz"), ("OutputMessage", "No items found."))


def test_the_state_of_the_database_is_told(fake: FakePubmed) -> None:
    state = pubmed_at(fake).build()
    assert (state.build, state.updated) == ("Build-2026.01.04.17.24", "2026/01/04 17:24")


def test_records_are_asked_for_by_their_ids_in_the_body_and_come_byte_by_byte_as_sent(fake: FakePubmed) -> None:
    wanted = ids(fake)[3:6]
    content = pubmed_at(fake, api_key="secret-key").fetch(wanted)
    utility, asked = fake.log[-1]
    assert utility == "efetch"
    assert asked == {
        "db": "pubmed",
        "id": ",".join(wanted),
        "rettype": "medline",
        "retmode": "text",
        "tool": "reviewflow",
        "email": "me@example.org",
        "api_key": "secret-key",
    }
    assert content.decode() == fake.answer("efetch", asked)[2]
    assert pmids(content) == wanted


def test_without_an_address_nothing_is_sent_in_its_place_and_nothing_warns(fake: FakePubmed) -> None:
    pubmed_at(fake, email="").build()
    assert fake.log[-1][1] == {"db": "pubmed", "version": "2.0", "tool": "reviewflow"}


def test_a_storm_of_429_is_sat_out_for_as_long_as_the_service_asks(fake: FakePubmed) -> None:
    hourglass = Hourglass()
    fake.faults.extend(Fault(429, RATE_LIMIT, {"Retry-After": "17"}) for _ in range(4))
    assert pubmed_at(fake, hourglass).search("cure").count == 30
    assert len(fake.log) == 5
    assert hourglass.slept == [17.0] * 4


def test_a_date_in_retry_after_is_held_against_the_clock_of_the_service(fake: FakePubmed) -> None:
    hourglass = Hourglass()
    dates = {"Retry-After": "Mon, 05 Jan 2026 09:00:40 GMT", "Date": "Mon, 05 Jan 2026 09:00:00 GMT"}
    fake.faults.append(Fault(503, "", dates))
    assert pubmed_at(fake, hourglass).search("cure").count == 30
    assert hourglass.slept == [40.0]


def test_a_service_that_asks_for_an_hour_is_left_alone_at_once(fake: FakePubmed) -> None:
    fake.faults.append(Fault(429, RATE_LIMIT, {"Retry-After": "3600"}))
    with pytest.raises(ServiceError, match="asks to wait 3600 seconds") as caught:
        pubmed_at(fake).search("cure")
    assert len(fake.log) == 1
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_six_times_with_growing_pauses_and_then_told_in_words(
    fake: FakePubmed, status: int
) -> None:
    hourglass = Hourglass()
    fake.faults.extend(Fault(status, BAD_GATEWAY) for _ in range(6))
    with pytest.raises(ServiceError, match=rf"HTTP {status} .*Bad Gateway \(6 tries\)") as caught:
        pubmed_at(fake, hourglass).search("cure")
    assert len(fake.log) == 6
    assert hourglass.slept == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert "kept" in caught.value.remedy


FAULTS = {
    "502": Fault(502, BAD_GATEWAY),
    "JSON that says the rate is exceeded, as if all were well": Fault(200, RATE_LIMIT),
    "a web page": Fault(200, WEB_PAGE),
    "nothing": Fault(200, ""),
    "XML that breaks off": Fault(200, "<?xml version='1.0'?>\n<eSearchResult><Count>30</Count><IdList><Id>3000"),
    "fewer bytes than announced": Fault(200, "<eSearchResult><Count>30</Count></eSearchResult>", claims=100),
    "a backend that failed": Fault(200, "<eSearchResult><ERROR>Search Backend failed: timeout</ERROR></eSearchResult>"),
    "entities of its own": Fault(200, '<!DOCTYPE a [<!ENTITY b "c">]><eSearchResult><Count>9</Count></eSearchResult>'),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_search_gets_over_one_bad_answer(fake: FakePubmed, name: str) -> None:
    fake.faults.append(FAULTS[name])
    assert pubmed_at(fake).search("cure").count == 30
    assert len(fake.log) == 2


@pytest.mark.parametrize("name", FAULTS)
def test_a_search_that_only_gets_bad_answers_ends_in_a_sentence(fake: FakePubmed, name: str) -> None:
    fake.faults.extend(FAULTS[name] for _ in range(6))
    with pytest.raises(ServiceError, match=r"does not answer as it should: .* \(6 tries\)") as caught:
        pubmed_at(fake, api_key="secret-key").search("cure")
    assert "secret-key" not in caught.value.what + caught.value.remedy


@pytest.mark.parametrize(
    "body",
    ["PMID- 30000001\nTI  - A title that breaks o", "PMID- 30000001\nTI  - A title.\nDP  - 2015\n", "\n", WEB_PAGE],
)
def test_a_batch_that_breaks_off_is_fetched_again(fake: FakePubmed, body: str) -> None:
    fake.faults.append(Fault(200, body))
    assert pmids(pubmed_at(fake).fetch(ids(fake)[:2])) == ids(fake)[:2]


def test_a_connection_that_is_cut_is_opened_again(fake: FakePubmed) -> None:
    pubmed = pubmed_at(fake)
    assert pubmed.search("cure").count == 30
    fake.faults.append(Fault(200, "PMID- 3", claims=10_000))
    assert pmids(pubmed.fetch(ids(fake)[:3])) == ids(fake)[:3]


def real_time(fake: FakePubmed, timeout_s: float, deadline_s: float) -> Entrez:
    clock = Clock(time.monotonic, lambda _: None, lambda: 0.0)
    return Entrez(clock, base=fake.url, email="me@example.org", timeout_s=timeout_s, deadline_s=deadline_s)


def test_an_answer_that_comes_byte_by_byte_is_given_up_and_asked_for_again(fake: FakePubmed) -> None:
    fake.faults.append(Fault(200, "x" * 400, drip_s=0.02))
    begun = time.monotonic()
    assert real_time(fake, timeout_s=5, deadline_s=0.2).search("cure").count == 30
    assert 0.2 <= time.monotonic() - begun < 4
    assert len(fake.log) == 2


def test_an_answer_that_stops_coming_is_given_up(fake: FakePubmed) -> None:
    fake.faults.extend(Fault(200, "xx", drip_s=0.4) for _ in range(6))
    with pytest.raises(ServiceError, match="no whole answer came in time"):
        real_time(fake, timeout_s=0.05, deadline_s=5).search("cure")


def test_a_refused_query_is_not_tried_again(fake: FakePubmed) -> None:
    fake.faults.append(
        Fault(400, "<eSearchResult><ERROR>Empty term and query_key - nothing todo</ERROR></eSearchResult>")
    )
    with pytest.raises(RefusedError, match="HTTP 400 Bad Request: Empty term"):
        pubmed_at(fake).search(" ")
    fake.faults.append(Fault(200, "<eSearchResult><ERROR>Invalid db name specified: pubmedd</ERROR></eSearchResult>"))
    with pytest.raises(RefusedError, match="does not run the search: Invalid db name"):
        pubmed_at(fake).search("cure")
    assert len(fake.log) == 2


def test_a_key_that_the_service_repeats_is_not_shown(fake: FakePubmed) -> None:
    for status in (400, 200):
        fake.faults.extend(Fault(status, '{"error":"API key invalid: secret-key"}') for _ in range(6))
        with pytest.raises(ServiceError, match=r"API key invalid: \.\.\.") as caught:
            pubmed_at(fake, api_key="secret-key").search("cure")
        assert "secret-key" not in str(caught.value)
        fake.faults.clear()


def test_ids_that_no_record_has_give_nothing_when_asked_for_on_their_own(fake: FakePubmed) -> None:
    fake.absent = {"30000001"}
    assert pubmed_at(fake).fetch_absent(["30000001"]) == b""
    assert pmids(pubmed_at(fake).fetch_absent(["30000001", "30000002"])) == ["30000002"]


def test_nobody_there_is_told_at_once() -> None:
    with serving([]) as gone:
        pass
    hourglass = Hourglass()
    with pytest.raises(ServiceError, match="no connection"):
        pubmed_at(gone, hourglass).search("cure")
    assert hourglass.slept == []


def test_every_other_address_is_refused_before_a_socket_opens(fake: FakePubmed) -> None:
    hourglass = Hourglass()
    clock = hourglass.clock()
    opener = Opener(fake.url, ADDRESS, Rate(0.1, clock), clock, Patience())
    for address in ("https://example.org/esearch.fcgi", "https://eutils.ncbi.nlm.nih.gov.example.org/x", fake.url):
        with pytest.raises(ServiceError, match="was refused"):
            opener.open(Request(address), nothing_wrong)  # noqa: S310 that it is refused is the point
    assert fake.log == []


def test_a_redirection_is_not_followed(fake: FakePubmed) -> None:
    with serving(held(3)) as other:
        fake.faults.append(Fault(302, "", {"Location": f"{other.url}/esearch.fcgi"}))
        with pytest.raises(ServiceError, match="HTTP 302"):
            pubmed_at(fake).search("cure")
        assert other.log == []


@pytest.mark.parametrize("address", ["http://example.org", "ftp://127.0.0.1", "file:///etc/passwd", "eutils", ""])
def test_a_key_travels_only_encrypted_or_within_this_machine(address: str) -> None:
    clock = Hourglass().clock()
    with pytest.raises(UsageError, match="is no address to search at"):
        Opener(address, ADDRESS, Rate(0.1, clock), clock, Patience())


@pytest.mark.parametrize(("key", "gap"), [("", 0.37), ("secret-key", 0.11)])
def test_requests_keep_their_distance(fake: FakePubmed, key: str, gap: float) -> None:
    hourglass = Hourglass()
    pubmed = pubmed_at(fake, hourglass, api_key=key)
    for _ in range(5):
        pubmed.build()
    assert hourglass.slept == pytest.approx([gap] * 4)


def test_jitter_spreads_a_pause_over_its_upper_half() -> None:
    patience = Patience()
    assert (patience.delay(3, 0.0, None), patience.delay(3, 1.0, None)) == (2.0, 4.0)
    assert patience.delay(40, 1.0, None) == 30.0
    assert patience.delay(1, 0.0, 9.0) == 9.0


def test_biopython_is_left_as_it_was(fake: FakePubmed) -> None:
    library = importlib.import_module("Bio.Entrez")
    before = library.urlopen
    fake.faults.append(Fault(400))
    with pytest.raises(RefusedError):
        pubmed_at(fake).search("cure")
    assert library.urlopen is before
