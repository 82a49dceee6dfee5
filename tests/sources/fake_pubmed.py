"""A PubMed of the tests' own on this machine: it answers as NCBI's E-utilities do, with their limits and faults."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from reviewflow.sources.entrez import Entrez
from reviewflow.sources.rate import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN = 9_999
# It holds no articles about humans and no journal articles: what asks for them finds none.
_CONDITION = re.compile(
    r'(?P<operator>AND|NOT) (?:(?P<language>\w+)\[la\]|\("(?P<first>[\d/]+)"\[dp\] : "(?P<last>[\d/]+)"\[dp\]\)'
    r'|"journal article"\[pt\]|humans\[mh\])'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8" ?>\n'
_SEARCH_HEAD = _HEAD + (
    '<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" '
    '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">\n'
)
EINFO = _HEAD + (
    '<!DOCTYPE eInfoResult PUBLIC "-//NLM//DTD einfo 20190110//EN" '
    '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20190110/einfo.dtd">\n'
    "<eInfoResult>\n\t<DbInfo>\n\t<DbName>pubmed</DbName>\n\t<MenuName>PubMed</MenuName>\n"
    "\t<Description>PubMed bibliographic record</Description>\n\t<DbBuild>Build-2026.01.04.17.24</DbBuild>\n"
    "\t<Count>39000000</Count>\n\t<LastUpdate>2026/01/04 17:24</LastUpdate>\n\t</DbInfo>\n</eInfoResult>\n"
)
RATE_LIMIT = '{"error":"API rate limit exceeded","api-key":"secret-key","count":"4","limit":"3"}'
WEB_PAGE = "<!DOCTYPE html>\n<html><head><title>NCBI</title></head><body><h1>Down for maintenance</h1></body></html>"
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


@dataclass
class Held:
    """A record of the fake PubMed, entered on a day such as 2015/03/01."""

    pmid: str
    entered: str
    retracted: bool = False
    language: str = "english"
    printed: str = "2015/02/01"


def held(n: int, days: int = 3000, start: int = 30_000_001) -> list[Held]:
    """`n` records, entered over so many days."""
    first = date(2015, 3, 1)
    return [Held(str(start + i), f"{first + timedelta(days=i * 7919 % days):%Y/%m/%d}") for i in range(n)]


@dataclass
class Fault:
    """What goes wrong with one request.

    Attributes:
        utility: The utility that it waits for; "" for any.
        claims: Bytes that the Content-Length claims beyond those that come.
        drip_s: Seconds between two bytes of the body; 0 sends it at once.
        hold: Set when the request may go on.
    """

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    utility: str = ""
    claims: int = 0
    drip_s: float = 0.0
    hold: threading.Event | None = None


class FakePubmed:
    """What the server holds, what is to go wrong next, and what it was asked."""

    def __init__(self, records: list[Held]) -> None:
        self.records = records
        self.absent: set[str] = set()
        self.faults: deque[Fault] = deque()
        self.log: list[tuple[str, dict[str, str]]] = []
        self.url = ""
        self.warnings = ""
        self.off_by = 0
        self.off_by_in_parts = 0

    def fetched(self) -> list[tuple[str, ...]]:
        """The lists of ids that were asked for."""
        return [tuple(asked["id"].split(",")) for utility, asked in self.log if utility == "efetch"]

    def fault(self, utility: str) -> Fault | None:
        """What goes wrong with this request."""
        if self.faults and self.faults[0].utility in {"", utility}:
            return self.faults.popleft()
        return None

    def answer(self, utility: str, asked: dict[str, str]) -> tuple[int, str, str]:
        """(status, type, body) of a request to which nothing happens."""
        if "WebEnv" in asked:
            return 400, "text/xml", f"{_HEAD}<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>"
        if utility == "einfo":
            return 200, "text/xml; charset=UTF-8", EINFO
        if utility == "esearch":
            return 200, "text/xml; charset=UTF-8", self._search(asked)
        records = {record.pmid: record for record in self.records if record.pmid not in self.absent}
        found = [records[id_] for id_ in asked["id"].split(",") if id_ in records]
        if not found:
            return 400, "text/plain", "ID list is empty! Possibly it has no correct IDs."
        return 200, "text/plain; charset=UTF-8", "".join(f"\n{nbib(record)}" for record in found)

    def _search(self, asked: dict[str, str]) -> str:
        term, start = asked["term"], int(asked.get("retstart", "0"))
        if start >= SHOWN:
            words = (
                "Search Backend failed: Exception: 'retstart' cannot be larger than 9998. For PubMed, ESearch can only"
            )
            return (
                f"{_SEARCH_HEAD}<eSearchResult><ERROR>{words} retrieve the first 9,999 records</ERROR></eSearchResult>"
            )
        if "abcxyz" in term:
            return _SEARCH_HEAD + (
                "<eSearchResult><Count>0</Count><RetMax>0</RetMax><RetStart>0</RetStart><IdList/><TranslationSet/>"
                f"<QueryTranslation>({escape(term)}[All Fields])</QueryTranslation><ErrorList><PhraseNotFound>abcxyz"
                "</PhraseNotFound></ErrorList><WarningList><OutputMessage>No items found.</OutputMessage></WarningList>"
                "</eSearchResult>\n"
            )
        found = [record.pmid for record in self.records if _matches(record, asked)]
        n = len(found) + (self.off_by if "mindate" not in asked else 0)
        n += self.off_by_in_parts if _CONDITION.search(term) else 0
        shown = found[start : min(start + int(asked["retmax"]), SHOWN)]
        ids = "".join(f"\n<Id>{pmid}</Id>" for pmid in shown)
        return _SEARCH_HEAD + (
            f"<eSearchResult><Count>{n}</Count><RetMax>{len(shown)}</RetMax><RetStart>{start}</RetStart>"
            f"<QueryKey>1</QueryKey><WebEnv>MCID_expired</WebEnv><IdList>{ids}\n</IdList><TranslationSet><Translation>"
            f'     <From>cure</From>     <To>"cure"[All Fields]</To>    </Translation></TranslationSet>'
            f"<QueryTranslation>{escape(term)} [translated]</QueryTranslation>{self.warnings}</eSearchResult>\n"
        )


def _meets(record: Held, condition: re.Match[str]) -> bool:
    """Whether a record meets a condition, with its operator, by which a search parts a day."""
    language, first, last = condition["language"], condition["first"], condition["last"]
    met = language == record.language if language else bool(first) and first <= record.printed <= last
    return met is (condition["operator"] == "AND")


def _matches(record: Held, asked: dict[str, str]) -> bool:
    if not all(_meets(record, condition) for condition in _CONDITION.finditer(asked["term"])):
        return False
    if "Retracted Publication" in asked["term"] and not record.retracted:
        return False
    if "mindate" not in asked:
        return True
    assert asked["datetype"] == "edat", "every record has a date of entry; other dates overlap and miss"
    return asked["mindate"] <= record.entered <= asked["maxdate"]


def nbib(record: Held) -> str:
    """A record as efetch writes it."""
    kinds = ["Journal Article", *(["Retracted Publication"] if record.retracted else [])]
    year = record.entered[:4]
    return (
        f"PMID- {record.pmid}\nOWN - NLM\nSTAT- MEDLINE\nIS  - 1234-5678 (Electronic)\nVI  - 12\n"
        f"DP  - {year} Mar\nTI  - Trial number {record.pmid} of a cure for the common cold in \n"
        f"      adults.\nLID - 10.1000/{record.pmid} [doi]\nAB  - BACKGROUND: Record {record.pmid}.\n"
        "FAU - Example, Ann\nAU  - Example A\nLA  - eng\n"
        + "".join(f"PT  - {kind}\n" for kind in kinds)
        + f"TA  - J Cures\nJT  - Journal of cures\nEDAT- {record.entered} 06:00\nAID - 10.1000/{record.pmid} [doi]\n"
        f"PST - ppublish\nSO  - J Cures. {year} Mar;12:1-9. doi: 10.1000/{record.pmid}.\n"
    )


class _Handler(BaseHTTPRequestHandler):
    fake: FakePubmed

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = {key: values[0] for key, values in parse_qs(content).items()}
        utility = self.path.removeprefix("/eutils/").removesuffix(".fcgi")
        self.fake.log.append((utility, asked))
        fault = self.fake.fault(utility)
        if fault is not None and fault.hold is not None:
            fault.hold.wait(20)
        elif fault is not None:
            self._send(fault.status, "text/html", fault.body, fault)
            return
        status, kind, body = self.fake.answer(utility, asked)
        self._send(status, kind, body, Fault())

    def _send(self, status: int, kind: str, body: str, fault: Fault) -> None:
        content = body.encode()
        self.send_response_only(status)  # without a Date and a Server of its own
        for name, value in {"Content-Type": kind, **fault.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) + fault.claims))
        self.end_headers()
        for i in range(0, len(content), 1 if fault.drip_s else max(len(content), 1)):
            self.wfile.write(content[i : i + 1] if fault.drip_s else content)
            self.wfile.flush()
            time.sleep(fault.drip_s)

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 the signature of the base class
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:  # noqa: ANN401 the signature of the base class
        """Say nothing of a client that was killed or gave up."""


@contextmanager
def serving(records: list[Held]) -> Iterator[FakePubmed]:
    """A PubMed at an address of this machine."""
    fake = FakePubmed(records)
    server = _Server(("127.0.0.1", 0), type("_Bound", (_Handler,), {"fake": fake}))
    fake.url = f"http://127.0.0.1:{server.server_port}/eutils"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Hourglass:
    """A clock that nobody waits for: sleeping turns it forward."""

    def __init__(self) -> None:
        self.at = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.at, self.sleep, lambda: 1.0)


def pubmed_at(fake: FakePubmed, hourglass: Hourglass | None = None, **more: Any) -> Entrez:  # noqa: ANN401 passed on
    """The fake PubMed as the program sees it, without waiting."""
    return Entrez((hourglass or Hourglass()).clock(), base=fake.url, **{"email": "me@example.org", **more})
