"""The one door to the network: one address, a time-out, a rate, and patience; answers are judged before they pass."""

from __future__ import annotations

import io
import json
import re
from http.client import HTTPException, HTTPMessage, HTTPResponse
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from reviewflow.errors import ServiceError, UsageError
from reviewflow.sources.retry import MAY_PASS, Patience, Trouble, retry_after

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewflow.sources.rate import Clock, Rate

    Judging = Callable[[bytes], str]

_AGAIN = "run the same command again in a while: what was fetched is kept and not fetched twice"
_CHUNK = 65_536


class RefusedError(ServiceError):
    """The service understood the request and will not answer it."""


class Answer(io.BytesIO):
    """A whole answer, as a file, with what a caller of urlopen looks at beside its content."""

    def __init__(self, content: bytes, headers: HTTPMessage, url: str) -> None:
        super().__init__(content)
        self.headers = headers
        self.url = url


class _StayHere(HTTPRedirectHandler):
    """Follows no redirection: the key must not travel to another address."""

    def redirect_request(self, *_: object) -> None:
        """Nowhere."""


class Opener:
    """Sends requests that are addressed to `stands_for` to `base`, and refuses every other address.

    Args:
        base: Address of the service, without a slash at the end.
        stands_for: The address that the protocol library writes.
        rate: Keeps the distance between requests.
        clock: Tells and passes the time.
        patience: When to try again.
        timeout_s: Seconds without a byte after which an answer is given up.
        deadline_s: Seconds after which an answer is given up that comes byte by byte.
        secret: Never to be shown, even where the service repeats it.

    Raises:
        UsageError: The address is neither https nor on this machine.
    """

    def __init__(
        self,
        base: str,
        stands_for: str,
        rate: Rate,
        clock: Clock,
        patience: Patience,
        *,
        timeout_s: float = 30.0,
        deadline_s: float = 180.0,
        secret: str = "",
    ) -> None:
        self._base = base.rstrip("/")
        self._stands_for = stands_for
        self._director = _director(self._base)
        self._rate, self._clock, self._patience = rate, clock, patience
        self._timeout_s, self._deadline_s = timeout_s, deadline_s
        self._secret = secret
        self._has_answered = False

    def open(self, request: Request, judge: Judging) -> Answer:
        """The answer to a request; tried again while that may help.

        Args:
            request: As the protocol library makes it. Always sent by POST, so that no proxy logs the key.
            judge: Says what is wrong with the content of an answer, "" for nothing.

        Raises:
            ServiceError: There was no good answer.
            RefusedError: The service refused.
        """
        url, body = self._addressed(request)
        n_tried = 0
        while True:
            n_tried += 1
            self._rate.wait()
            answer = self._once(url, body, judge)
            if isinstance(answer, Answer):
                return answer
            if self._patience.gives_up(answer, n_tried):
                raise self._error(answer, n_tried)
            self._clock.sleep(self._patience.delay(n_tried, self._clock.chance(), answer.retry_after))

    def _addressed(self, request: Request) -> tuple[str, bytes]:
        url, _, query = request.full_url.partition("?")
        if not url.startswith(self._stands_for + "/"):
            raise ServiceError(f"a request to {urlsplit(url).hostname} was refused: it is not {self._stands_for}")
        content = request.data if isinstance(request.data, bytes) else b""
        return self._base + url.removeprefix(self._stands_for), content or query.encode()

    def _once(self, url: str, body: bytes, judge: Judging) -> Answer | Trouble:
        request = Request(url, data=body, method="POST")  # noqa: S310 the scheme of the base was checked
        try:
            with self._director.open(request, timeout=self._timeout_s) as response:
                content = self._read(response)
                headers = response.headers
        except HTTPError as error:
            with error:
                return self._refusal(error)
        except TimeoutError:
            return Trouble("no whole answer came in time", may_pass=True)
        except (OSError, HTTPException) as error:
            return self._no_connection(error)
        self._has_answered = True
        return _judged(content, headers, judge) or Answer(content, headers, url)

    def _read(self, response: HTTPResponse) -> bytes:
        """The whole content. A time-out on the socket alone would let one byte a second go on for ever."""
        end = self._clock.now() + self._deadline_s
        parts = []
        while part := response.read1(_CHUNK):
            parts.append(part)
            if self._clock.now() > end:
                raise TimeoutError
        return b"".join(parts)

    def _refusal(self, error: HTTPError) -> Trouble:
        self._has_answered = True
        said = _words(error.read(_CHUNK))
        what = f"HTTP {error.code} {error.reason}" + (f": {said}" if said else "")
        return Trouble(what, error.code in MAY_PASS, retry_after(error.headers))

    def _no_connection(self, error: OSError | HTTPException) -> Trouble:
        """What never answered is not there; what has answered before may come back."""
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, TimeoutError):
            return Trouble(f"no answer within {self._timeout_s:g} seconds", may_pass=True)
        gone = isinstance(error, URLError) and not self._has_answered
        return Trouble(f"no connection ({getattr(reason, 'strerror', None) or reason or 'cut off'})", not gone)

    def _error(self, trouble: Trouble, n_tried: int) -> ServiceError:
        where, what = urlsplit(self._base).netloc, trouble.what
        if self._secret:
            what = what.replace(self._secret, "...")
        tries = f" ({n_tried} tries)" if n_tried > 1 else ""
        if what.startswith("HTTP 4") and not trouble.may_pass:
            return RefusedError(f"{where} refused a request: {what}", "check the query, then run it again")
        asked = f"; it asks to wait {trouble.retry_after:g} seconds" if trouble.retry_after else ""
        return ServiceError(f"{where} does not answer as it should: {what}{asked}{tries}", _AGAIN)


def _director(base: str) -> OpenerDirector:
    """What opens addresses; on this machine without a proxy.

    Raises:
        UsageError: The address is neither https nor on this machine.
    """
    parts = urlsplit(base)
    here = _is_loopback(parts.hostname or "")
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        raise UsageError(f"{base!r} is no address to search at", "an https address, or unset REVIEWFLOW_ENTREZ_URL")
    return build_opener(_StayHere, *([ProxyHandler({})] if here else []))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _judged(content: bytes, headers: HTTPMessage, judge: Judging) -> Trouble | None:
    """What is wrong with an answer that came as HTTP 200."""
    length = headers.get("Content-Length")
    if length is not None and int(length) != len(content):
        return Trouble(f"the answer broke off after {len(content)} of {length} bytes", may_pass=True)
    start = content[:512].lstrip().lower()
    if start.startswith(b"{"):
        return Trouble(_words(content) or "an answer in JSON", may_pass=True, retry_after=retry_after(headers))
    if start.startswith((b"<!doctype html", b"<html")):
        return Trouble("a web page came in place of an answer", may_pass=True, retry_after=retry_after(headers))
    wrong = judge(content)
    return Trouble(wrong, may_pass=True) if wrong else None


def _words(content: bytes) -> str:
    """What an error page or error object says, on one line."""
    text = content.decode("utf-8", errors="replace")
    if text.lstrip().startswith("{"):
        try:
            return str(json.loads(text).get("error", ""))
        except ValueError:
            return ""
    without_tags = re.sub(r"<(style|script|title)\b.*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    return " ".join(without_tags.split())[:160]
