"""PubMed by NCBI's E-utilities: Biopython writes the requests, and our own opener sends them."""

from __future__ import annotations

import threading
import warnings
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from reviewflow.errors import ServiceError
from reviewflow.sources import answers
from reviewflow.sources.opener import Opener, RefusedError
from reviewflow.sources.rate import Clock, Rate
from reviewflow.sources.retry import Patience
from reviewflow.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reviewflow.domain.search.slices import DateRange
    from reviewflow.sources.answers import Build, Found

ADDRESS = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
# NCBI allows 3 requests a second, 10 with a key; a little more distance has proved more reliable.
_GAP_S, _GAP_WITH_KEY_S = 0.37, 0.11
_ONE_AT_A_TIME = threading.Lock()


class Entrez:
    """PubMed.

    Args:
        clock: Tells and passes the time.
        base: Where to ask; "" for NCBI.
        email: Whom NCBI may write to before it blocks anybody; "" for nobody.
        api_key: NCBI's key for ten requests a second; "" for none.
        timeout_s: Seconds without a byte after which an answer is given up.
        deadline_s: Seconds in which a whole answer must have come.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        base: str = "",
        email: str = "",
        api_key: str = "",
        timeout_s: float = 30.0,
        deadline_s: float = 180.0,
    ) -> None:
        rate = Rate(_GAP_WITH_KEY_S if api_key else _GAP_S, clock)
        self._opener = Opener(
            base or ADDRESS,
            ADDRESS,
            rate,
            clock,
            Patience(),
            timeout_s=timeout_s,
            deadline_s=deadline_s,
            secret=api_key,
        )
        self._who = {"tool": "reviewflow", "email": email or None, "api_key": api_key or None}
        self.tool = f"reviewflow {__version__}"
        self.has_email = bool(email)

    def build(self) -> Build:
        """Which state of PubMed is being searched."""
        return answers.build(self._ask("einfo", answers.wrong_with_xml, db="pubmed", version="2.0"))

    def search(self, term: str, *, retmax: int = 0, entered: DateRange | None = None) -> Found:
        """Run a search.

        Args:
            term: The query.
            retmax: How many ids to give, at most 9,999.
            entered: Only records that were entered into PubMed on these days.

        Raises:
            RefusedError: PubMed does not run it; says why.
        """
        limits = {}
        if entered is not None:
            days = (day.strftime("%Y/%m/%d") for day in (entered.first, entered.last))
            limits = dict(zip(("mindate", "maxdate"), days, strict=True)) | {"datetype": "edat"}
        content = self._ask("esearch", answers.wrong_with_xml, db="pubmed", term=term, retmax=retmax, **limits)
        said = answers.refusal(content)
        if said:
            raise RefusedError(f"PubMed does not run the search: {said}", "mend the query, then run it again")
        return answers.found(content)

    def fetch(self, ids: Sequence[str]) -> bytes:
        """The records with these PMIDs in PubMed's own format (nbib); some may be absent, but not all."""
        return self._ask("efetch", answers.wrong_with_nbib, **_records(ids))

    def fetch_absent(self, ids: Sequence[str]) -> bytes:
        """Records that did not come when they were asked for among others; nothing, when they are not there."""
        try:
            return self._ask("efetch", answers.nothing_wrong, **_records(ids))
        except RefusedError:
            # NCBI refuses a list in which no id is that of a record.
            return b""

    def _ask(self, utility: str, judge: Callable[[bytes], str], **parameters: Any) -> bytes:  # noqa: ANN401 as Bio's
        """The content of an answer.

        Raises:
            ServiceError: There is none.
        """
        with _through(lambda request: self._opener.open(request, judge)) as library:
            handle = getattr(library, utility)(**parameters, **self._who)
            content = getattr(handle, "buffer", handle).read()
        if not isinstance(content, bytes):
            raise ServiceError("the answer is text where bytes were expected", "report it: Biopython has changed")
        return content


def _records(ids: Sequence[str]) -> dict[str, str]:
    return {"db": "pubmed", "id": ",".join(ids), "rettype": "medline", "retmode": "text"}


@contextmanager
def _through(urlopen: Callable[[Any], Any]) -> Iterator[Any]:
    """Bio.Entrez with our function as its door: its own has no time-out, and tries again without a pause."""
    library: Any = import_module("Bio.Entrez")  # here, since it takes a tenth of a second to load
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        # NCBI asks for an e-mail address and does not insist; the front end says so in our words.
        warnings.simplefilter("ignore", UserWarning)
        theirs = library.urlopen
        library.urlopen = urlopen
        library._open.previous = 0.0  # noqa: SLF001 its rate is in our hands: without this it waits a second time
        try:
            yield library
        finally:
            library.urlopen = theirs
