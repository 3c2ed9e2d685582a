"""The provider's page: fetched with care, and whether it shows the number."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from guanyao.errors import ConfigError
from guanyao.flows.filing import page
from tests.filing import cast
from tests.flows.filing.play import RoomPlay, place, play, sqlite_play

__all__ = ["place", "play", "sqlite_play"]

NUMBER = "cn-ab-12"


class Site(BaseHTTPRequestHandler):
    """A made-up provider's site."""

    PAGES: ClassVar[dict[str, bytes]] = {
        "/shown": "<h1>备案编号：<b>cn-ab</b>-12</h1>".encode(),
        "/longer": b"<p>cn-ab-123</p>",
        "/hidden": b"<p hidden>cn-ab-12</p><!-- cn-ab-12 --><script>'cn-ab-12'</script>",
        "/large": b"x" * (page.MAX_PAGE + 1),
    }
    FURTHER: ClassVar[dict[str, str]] = {
        "/moved": "/shown",
        "/loop": "/loop",
        "/file": "file:///etc/hostname",
        "/login": "http://user:word@127.0.0.1/",
    }

    def do_GET(self) -> None:
        if self.path == "/slow":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(40):
                time.sleep(0.05)
                self.wfile.write(b"X: y\r\n")
            return
        if self.path in self.FURTHER:
            self.send_response(302)
            self.send_header("Location", self.FURTHER[self.path])
            self.end_headers()
            return
        body = self.PAGES.get(self.path)
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write(body or b"cn-ab-12")

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.handle_error = lambda *args: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "shows", "why"),
    [
        ("/shown", True, ""),
        ("/moved", True, ""),
        ("/longer", False, ""),
        ("/hidden", False, ""),
        ("/absent", None, "the status 404"),
        ("/large", None, "larger than 2 MiB"),
        ("/loop", None, "more than 4 times"),
        ("/file", None, "no http or https"),
        ("/login", None, "no http or https"),
    ],
)
def test_what_a_page_shows(site: str, path: str, shows: bool | None, why: str) -> None:
    found = page.look(site + path, NUMBER, private=True)
    assert found.shows is shows
    assert why in found.page.why
    record = found.to_json(NUMBER, "now")
    assert record["ip"] == "127.0.0.1"
    assert record["address"] == site + path
    assert bool(record["digest"]) == (shows is not None)


def test_an_address_of_an_inner_network_is_not_asked(site: str) -> None:
    found = page.look(site + "/shown", NUMBER)
    assert (found.shows, found.page.status) == (None, 0)
    assert "inside a network" in found.page.why


@pytest.mark.parametrize(
    "ip",
    ["10.1.2.3", "169.254.169.254", "::1", "fe80::1", "::ffff:127.0.0.1", "0.0.0.1", "224.0.0.1"],
)
def test_inner_addresses_are_known_in_every_spelling(ip: str) -> None:
    assert not page._is_public(ip)


def test_a_site_that_speaks_too_slowly_is_hung_up_on(site: str) -> None:
    found = page.look(site + "/slow", NUMBER, private=True, timeout_s=0.3)
    assert found.shows is None
    assert "could not be fetched" in found.page.why


def test_a_site_that_is_not_there_is_no_error() -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/"
    assert page.look(address, NUMBER, private=True).shows is None


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.com/",
        "file:///etc/hostname",
        "FILE:///x",
        "http://a:b@example.com/",
        "http:///x",
    ],
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(ConfigError) as refused:
        page.fetch(address)
    assert refused.value.code == "filing.page"
    assert "b@" not in str(refused.value)


def test_a_local_file_does_for_a_page(tmp_path: Path) -> None:
    own = tmp_path / "page.html"
    own.write_bytes("<meta charset=gb18030><p>备案编号 cn–ab–12".encode("gb18030"))
    assert page.look(own, NUMBER).shows is True
    assert page.look(tmp_path / "none.html", NUMBER).shows is None
    own.write_bytes(b"x" * (page.MAX_PAGE + 1))
    assert "larger" in page.look(own, NUMBER).page.why
    assert page.shows(b"anything", "") is False


def test_what_was_seen_is_kept_and_the_act_follows_it(play: RoomPlay, tmp_path: Path) -> None:
    play.to_filed(NUMBER)
    own = tmp_path / "page.html"
    own.write_text("<p>nothing yet</p>", encoding="utf-8")
    refused = page.publish_check(play.room, "f-1", own)
    assert refused.code == "filing.guard"
    assert [check.name for check in refused.failed] == ["G17"]
    own.write_text(f"<p>{NUMBER}</p>", encoding="utf-8")
    assert page.publish_check(play.room, "f-1", own).done
    with play.room.store.reading() as desk:
        seen = [one["shows_number"] for one in desk.versions("f-1", page.KIND, "current")]
        last = desk.acts("f-1")[-1]
        digest = desk.record("f-1", page.KIND, "current")["digest"]
    assert seen == [False, True]
    assert last["payload"]["attachments"] == [digest]
    assert play.filing.deadline("publication") is None


def test_an_unfetched_page_is_told_apart_from_one_without_the_number(
    sqlite_play: RoomPlay, tmp_path: Path
) -> None:
    sqlite_play.to_filed(NUMBER)
    outcome = page.publish_check(sqlite_play.room, "f-1", tmp_path / "none.html")
    assert "not fetched" in outcome.failed[0].why.en
    assert cast.SYSTEM.person == "system"


@pytest.mark.parametrize("name", ["undefined", "idna", "punycode", "unicode_escape", "zip"])
def test_an_encoding_that_is_none_of_pages_is_not_used(name: str) -> None:
    content = b'<meta charset="' + name.encode() + b'">\xe5\xa4\x87 cn-ab-12'
    assert page.shows(content, NUMBER)


def test_tags_that_never_end_are_gone_through_once() -> None:
    assert not page.shows(b"<p hidden>" + b"<b>" * 150_000 + b"</i>" * 150_000, NUMBER)


@pytest.mark.parametrize(
    "ip",
    [
        *("::ffff:127.0.0.1", "::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:7f00:1::"),
        *("fec0::1", "fe80::1%1", "100.64.0.1", "169.254.169.254", "224.0.0.1"),
    ],
)
def test_an_address_inside_a_network_is_told_however_it_is_wrapped(ip: str) -> None:
    assert not page._is_public(ip)


def test_a_public_address_is_public() -> None:
    assert page._is_public("2606:4700::1111")
    assert page._is_public("8.8.8.8")
