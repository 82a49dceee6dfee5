"""Shows a screen in browsers on this machine: one page, what it loads, and a socket for each open tab.

The screen runs in a process of its own for each tab, as it does at a terminal. Only a page that this server gave out
may open a socket: pages of others, which the same browser shows, are refused by where they say they come from.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

import textual_serve
from aiohttp import WSCloseCode, WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from reviewflow.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HOST: Final = "127.0.0.1"
_FONT_SIZE: Final = 16
_LARGEST: Final = 500
"""Columns and lines of a terminal; a browser that asks for more is mistaken."""
_PATIENCE: Final = 5.0
"""Seconds that a screen has to end in."""


@dataclass(frozen=True, slots=True)
class Served:
    """What is shown.

    Attributes:
        command: The command whose screen it is, as a shell takes it.
        title: The title of the page.
        port: Of this machine; 0 for any that is free.
    """

    command: str
    title: str
    port: int


def serve(served: Served, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C.

    Args:
        served: What is shown.
        ready: Called with the address once it can be opened.

    Raises:
        StateError: Another program has the port.
    """
    answers = sys.stdout

    def told(address: str) -> None:
        with contextlib.redirect_stdout(answers):
            ready(address)

    # What a screen says when it ends is about the answer, and AppService would print it as the answer.
    with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(served, told))


async def _serve(served: Served, ready: Callable[[str], None]) -> None:
    pages = _Pages(served)
    runner = web.AppRunner(pages.app, shutdown_timeout=_PATIENCE)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, served.port)
        try:
            await site.start()
        except OSError as error:
            raise StateError(
                f"port {served.port} of this machine cannot be used: {error.strerror}", "choose another: --port 8001"
            ) from error
        pages.port = int(runner.addresses[0][1])
        ready(f"http://{HOST}:{pages.port}")
        await _told_to_stop()
    finally:
        await pages.close()
        await runner.cleanup()


async def _told_to_stop() -> None:
    """Wait for SIGTERM; Ctrl-C cancels the waiting. Either way the open screens are ended, not left behind."""
    stop = asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # Windows has no such signal
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


class _Pages:
    """The page, its parts, and the open sockets."""

    def __init__(self, served: Served) -> None:
        self.port = served.port
        self._served = served
        self._open: set[web.WebSocketResponse] = set()
        self._downloads = DownloadManager()
        self.app = web.Application(middlewares=[self._only_from_here])
        static = Path(textual_serve.__file__).parent / "static"
        self.app.add_routes(
            [
                web.get("/", self._page),
                web.get("/page.css", self._style),
                web.get("/page.js", self._script),
                web.get("/ws", self._socket),
                web.static("/static", static),
            ]
        )

    @property
    def _hosts(self) -> tuple[str, str]:
        return f"{HOST}:{self.port}", f"localhost:{self.port}"

    @web.middleware
    async def _only_from_here(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Refuse what a page of somebody else's asks for, also one whose name was made to lead to this machine."""
        origin = request.headers.get("Origin")
        if request.host not in self._hosts or origin not in {None, *(f"http://{host}" for host in self._hosts)}:
            return web.Response(status=403, text="Only pages of this server may ask this.\n")
        answer = await handler(request)
        if not answer.prepared:
            answer.headers["Content-Security-Policy"] = (
                "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
                f"img-src 'self' data:; connect-src 'self' {' '.join(f'ws://{host}' for host in self._hosts)}; "
                "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
            )
            answer.headers["X-Content-Type-Options"] = "nosniff"
            answer.headers["Cache-Control"] = "no-store"
        return answer

    async def _page(self, request: web.Request) -> web.Response:
        text = _part("page.html")
        values = {
            "title": _escaped(self._served.title),
            "socket": f"ws://{request.host}/ws",
            "font_size": str(_number(request, "fontsize", _FONT_SIZE)),
        }
        return web.Response(text=Template(text).substitute(values), content_type="text/html")

    async def _style(self, _request: web.Request) -> web.Response:
        return web.Response(text=_part("page.css"), content_type="text/css")

    async def _script(self, _request: web.Request) -> web.Response:
        return web.Response(text=_part("page.js"), content_type="text/javascript")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        """A screen in a process of its own, as long as the tab is open."""
        socket = web.WebSocketResponse(heartbeat=15)
        await socket.prepare(request)

        async def close() -> None:
            await socket.close()

        screen = AppService(
            self._served.command,
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=close,
            download_manager=self._downloads,
        )
        self._open.add(socket)
        try:
            await screen.start(_number(request, "width", 80), _number(request, "height", 24))
            await _pass_on(socket, screen)
        finally:
            self._open.discard(socket)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(screen.stop(), _PATIENCE)
        return socket

    async def close(self) -> None:
        """Close every socket, by which its screen ends."""
        await asyncio.gather(*(socket.close(code=WSCloseCode.GOING_AWAY) for socket in set(self._open)))


async def _pass_on(socket: web.WebSocketResponse, screen: AppService) -> None:
    """Hand what the browser sends to the screen: keys, and the size of the window."""
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            continue
        match message.json():
            case ["stdin", str(keys)]:
                await screen.send_bytes(keys.encode("utf-8"))
            case ["resize", {"width": int(width), "height": int(height)}]:
                await screen.set_terminal_size(_bounded(width), _bounded(height))
            case ["ping", sent]:
                await socket.send_json(["pong", sent])
            case ["focus", *_]:
                await screen.focus()
            case ["blur", *_]:
                await screen.blur()


def _part(name: str) -> str:
    return files("reviewflow.cli").joinpath(name).read_text(encoding="utf-8")


def _number(request: web.Request, name: str, otherwise: int) -> int:
    given = request.query.get(name, "")
    return _bounded(int(given)) if given.isdecimal() else otherwise


def _bounded(number: int) -> int:
    return min(max(number, 1), _LARGEST)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
