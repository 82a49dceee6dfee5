"""`serve`: the page, what it loads, the screen behind its socket, and who is let in."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Command

SECONDS = 60.0
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal there")


HOSTS = ("127.0.0.1", "127.0.0.2", "::1", socket.gethostname())
"""Names of this machine; the last leads to another address where there is a network."""


def answers(host: str, port: int) -> bool:
    """Whether something listens there; a name that leads to 127.0.0.1 is no other address."""
    if host != "127.0.0.1" and ":" not in host and socket.gethostbyname(host) == "127.0.0.1":
        return False
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


@contextmanager
def serving(review: Path, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """A server in a process of its own, and what it said of itself."""
    command = [sys.executable, "-m", "reviewflow", "serve", *words, "--port", "0", "--review", str(review), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


async def read_until(ws: aiohttp.ClientWebSocketResponse, words: bytes) -> bytes:
    """What the screen draws, up to some words."""
    drawn = b""
    while words not in drawn:
        message = await ws.receive(timeout=SECONDS)
        assert message.type in {aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT}, drawn
        drawn += message.data if isinstance(message.data, bytes) else b""
    return drawn


async def use(address: str) -> None:
    """Open the page and all that it loads, then vote in the screen and leave it."""
    async with aiohttp.ClientSession(address, headers={"Origin": address}) as client:
        async with client.get("/") as answer:
            page = await answer.text()
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        parts = re.findall(r'(?:src|href)="(/[^"]+)"', page)
        assert len(parts) >= 3
        assert set(re.findall(r"\b(?:https?|wss?)://[^/\"]+", page)) == {address.replace("http", "ws")}
        while parts:
            async with client.get(parts.pop()) as answer:
                assert answer.status == 200
                if answer.content_type == "text/css":
                    text = re.sub(r"/\*.*?\*/", "", await answer.text(), flags=re.DOTALL)
                    assert "http" not in text
                    parts += re.findall(r'url\("([^"]+)"\)', text)
                elif "javascript" in answer.content_type:
                    assert not re.search(r"https?://", await answer.text())
        found = re.search(r'data-session-websocket-url="([^"]+)"', page)
        assert found is not None
        async with client.ws_connect(f"{found.group(1)}?width=90&height=30") as ws:
            await read_until(ws, b"1 of ")
            await ws.send_json(["resize", {"width": 100, "height": 40}])
            await ws.send_json(["stdin", "i"])
            await read_until(ws, b"Saved.")
            await ws.send_json(["stdin", "q"])
            while (await ws.receive(timeout=SECONDS)).type is not aiohttp.WSMsgType.CLOSED:
                pass


def test_the_screen_comes_in_a_browser_and_nothing_is_loaded_from_elsewhere(small_review: Path, rf: Command) -> None:
    with serving(small_review, "--as", "A") as (process, told):
        port = int(told["address"].rpartition(":")[2])
        assert [host for host in HOSTS if answers(host, port)] == ["127.0.0.1"]
        asyncio.run(use(told["address"]))
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0
    exported = rf("screen", "export", "--as", "A", "--review", small_review)
    assert [line.split(",")[:3] for line in exported.out.splitlines()[1:]] == [["r1", "title_abstract", "include"]]


def screens_of(review: Path) -> list[Path]:
    """The running screens of a review, where the system tells."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended meanwhile
            words = each.read_bytes().split(b"\0")
            found += [each] if b"screen" in words and str(review).encode() in words else []
    return found


def wait_for_the_end_of_screens(review: Path) -> None:
    """Wait until no screen of a review runs: a program that is told to end takes a moment."""
    until = time.monotonic() + SECONDS
    while screens_of(review) and time.monotonic() < until:
        time.sleep(0.05)


def test_the_page_gives_the_keys_to_the_screen_without_a_click(small_review: Path) -> None:
    async def loaded(address: str) -> tuple[str, str, str]:
        async with aiohttp.ClientSession() as client:
            async with client.get(address) as page:
                text = await page.text()
            async with client.get(f"{address}/page.js") as script:
                return text, await script.text(), script.content_type

    with serving(small_review, "--as", "A") as (_, told):
        page, script, kind = asyncio.run(loaded(told["address"]))
    assert '<script src="/page.js"></script>' in page
    assert kind == "text/javascript"
    assert ".focus()" in script


async def knock(address: str, **headers: str) -> tuple[int, int]:
    """The answers to a request of the page and of the socket."""
    async with aiohttp.ClientSession(headers=headers) as client:
        found = []
        for path in ("/", "/ws"):
            async with client.get(address + path) as answer:
                found.append(answer.status)
    return found[0], found[1]


def test_a_page_of_somebody_else_gets_nothing_and_a_stop_ends_the_open_screens(small_review: Path) -> None:
    async def go(process: subprocess.Popen[bytes], address: str) -> None:
        assert await knock(address, Origin="http://elsewhere.example") == (403, 403)
        assert await knock(address, Host="elsewhere.example") == (403, 403)
        assert await knock(address) == (200, 400)
        async with (
            aiohttp.ClientSession(headers={"Origin": address}) as client,
            client.ws_connect(f"{address}/ws") as ws,
        ):
            await read_until(ws, b"1 of ")
            assert screens_of(small_review) or sys.platform != "linux"
            process.send_signal(signal.SIGTERM)
            while (await ws.receive(timeout=SECONDS)).type is not aiohttp.WSMsgType.CLOSED:
                pass
            assert await asyncio.to_thread(process.wait, SECONDS) == 0
            await asyncio.to_thread(wait_for_the_end_of_screens, small_review)
            assert screens_of(small_review) == []

    with serving(small_review, "--as", "A") as (process, told):
        asyncio.run(go(process, told["address"]))


def test_what_cannot_be_served_is_said_before_anything_listens(rf: Command, small_review: Path) -> None:
    refused = rf("serve", "screen", "adjudicate", "--as", "A", "--review", small_review)
    assert refused.code == 2
    assert rf("serve", "--as", "nobody", "--review", small_review).code == 2
    unknown = rf("serve", "pool", "--as", "A", "--review", small_review)
    assert (unknown.code, "'pool' is no screen" in unknown.err) == (2, True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        busy = rf("serve", "--as", "A", "--port", port, "--review", small_review)
    assert busy.code == 4
    assert "try: choose another: --port" in busy.err


def test_the_words_say_that_there_is_no_login(small_review: Path) -> None:
    command = [sys.executable, "-m", "reviewflow", "serve", "--as", "A", "--port", "0", "--review", str(small_review)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().decode() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0
    assert re.fullmatch(r"Aches: screen as A, at http://127\.0\.0\.1:\d+\n", lines[0])
    assert "There is no login" in lines[1]


def test_the_server_is_loaded_by_no_other_command() -> None:
    code = (
        "import sys, reviewflow.cli.app; print([each for each in ('aiohttp', 'textual_serve') if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert done.stdout.strip() == b"[]"
