"""Looks at a provider's public page: whether it shows the number of the filing.

The page is fetched before the act and outside its transaction; what was seen is kept with the
address that answered. Only http and https are followed, to public addresses (others only if that
is said), for a few redirects, a few seconds and 2 MiB. Nothing is sent but the request itself.
"""

import hashlib
import http.client
import ipaddress
import re
import socket
import ssl
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urljoin, urlsplit

from guanyao.errors import ConfigError
from guanyao.filing.filing_state import Actor
from guanyao.filing.outcome import Outcome
from guanyao.flows.filing.act import act

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room

KIND = "page"
MAX_PAGE = 2 << 20
MAX_REDIRECTS = 4
TIMEOUT_S = 10.0
REDIRECTS = (301, 302, 303, 307, 308)
OK = 200
HIDDEN = ("script", "style", "template", "noscript", "title")
VOID = ("br", "hr", "img", "input", "link", "meta", "wbr", "source", "col", "area", "base", "embed")
CHARSETS = (
    *("utf-8", "utf8", "gb18030", "gbk", "gb2312", "big5", "us-ascii", "iso-8859-1"),
    *("windows-1252", "utf-16", "utf-16le", "utf-16be"),
)
"""Encodings that a page may name; Python knows others that are none of text, or slow."""
CARRIERS = ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "fec0::/10")
"""Networks of IPv6 whose addresses carry one of IPv4, or lie inside a place."""
CHARSET = re.compile(rb"charset=[\"']?([A-Za-z0-9_-]{2,20})")


@dataclass(frozen=True, kw_only=True)
class Page:
    """What was fetched.

    Args:
        place: What was asked for, without user and password.
        answered: The address that answered in the end; `ip` where that is.
        status: Of HTTP; 0: none.
        content: The bytes; b"" if there are none.
        why: Why there is no page; "": there is one.
    """

    place: str
    answered: str = ""
    ip: str = ""
    status: int = 0
    content: bytes = b""
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """Whether a page shows a number; `shows` is None where the page could not be fetched."""

    page: Page
    shows: bool | None

    def to_json(self, number: str, at: str) -> dict[str, Any]:
        """The record that is kept."""
        page = self.page
        return {
            "address": page.place,
            "answered": page.answered,
            "ip": page.ip,
            "status": page.status,
            "bytes": len(page.content),
            "digest": hashlib.sha256(page.content).hexdigest() if page.content else "",
            "number": number,
            "shows_number": self.shows,
            "why": page.why,
            "fetched_at": at,
        }


def publish_check(
    room: "Room",
    filing: str,
    place: str | Path,
    *,
    private: bool = False,
    timeout_s: float = TIMEOUT_S,
) -> Outcome:
    """Fetch the provider's page and do the event `publish_check` with what was seen.

    Args:
        room: The room.
        filing: The filing's id.
        place: An http(s) address, or a local file.
        private: Whether addresses inside a network of one's own may be asked.
        timeout_s: How long the whole fetch may take.

    Returns:
        Done if the page shows the number; else refused by G17. Both are recorded.

    Raises:
        ConfigError: The address is none that may be asked ("filing.page").
    """
    with room.store.reading() as desk:
        number = str((desk.filing(filing) or {}).get("number") or "")
    looked = look(place, number, private=private, timeout_s=timeout_s)
    with room.store.writing() as desk:
        desk.put_record(filing, KIND, "current", looked.to_json(number, desk.now.isoformat()))
    record = looked.to_json(number, "")
    payload = {"attachments": [record["digest"]] if record["digest"] else []}
    live = {"page_shows_number": looked.shows}
    return act(room, filing, "publish_check", Actor.clocks(), payload, live=live)


def look(
    place: str | Path, number: str, *, private: bool = False, timeout_s: float = TIMEOUT_S
) -> Looked:
    """Fetch a page and see whether it shows a number; see `publish_check`."""
    page = fetch(place, private=private, timeout_s=timeout_s)
    return Looked(page=page, shows=None if page.why else shows(page.content, number))


def shows(content: bytes, number: str) -> bool:
    """Whether the visible text of a page holds the number, not as a part of a longer one.

    Examples:
        >>> shows(b"<p>No. ab-12</p>", "ab-12"), shows(b"<p>ab-123</p><!-- ab-12 -->", "ab-12")
        (True, False)
    """
    wanted = _plain(number)
    if not wanted:
        return False
    parser = _Visible()
    parser.feed(_decoded(content))
    parser.close()
    text = _plain(" ".join(parser.parts)) + "\n" + _plain("".join(parser.parts))
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(wanted)}(?![A-Za-z0-9])", text) is not None


def _plain(text: str) -> str:
    """The text in plain characters of one width, without spaces around hyphens or in a row."""
    folded = unicodedata.normalize("NFKC", text)
    return re.sub(r"\s+", " ", folded.translate(str.maketrans("‐‑‒–—−", "------"))).strip()


def _decoded(content: bytes) -> str:
    found = CHARSET.search(content[:2048])
    said = found[1].decode("ascii").lower() if found else ""
    names = [said] if said in CHARSETS else []
    for name in (*names, "utf-8", "gb18030"):
        try:
            return content.decode(name)
        except (LookupError, UnicodeError):
            continue
    return content.decode("utf-8", "replace")


class _Visible(HTMLParser):
    """Collects the text that a reader sees; comments, scripts and hidden parts are none."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.parts: list[str] = []
        self._hidden: list[str] = []
        self._n_open: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what is hidden."""
        if tag in VOID:
            return
        if self._hidden or tag in HIDDEN or _is_hidden(dict(attrs)):
            self._hidden.append(tag)
            self._n_open[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        """Leave what is hidden."""
        if self._n_open[tag]:
            while (left := self._hidden.pop()) != tag:
                self._n_open[left] -= 1
            self._n_open[tag] -= 1

    def handle_data(self, data: str) -> None:
        """Keep what is seen."""
        if not self._hidden:
            self.parts.append(data)


def _is_hidden(attributes: Mapping[str, str | None]) -> bool:
    style = re.sub(r"\s", "", attributes.get("style") or "").lower()
    return "hidden" in attributes or "display:none" in style or "visibility:hidden" in style


def fetch(place: str | Path, *, private: bool = False, timeout_s: float = TIMEOUT_S) -> Page:
    """What lies at an address, or in a file of this machine.

    Args:
        place: An http(s) address, or the path of a file.
        private: Whether addresses inside a network of one's own may be asked.
        timeout_s: How long the whole of it may take.

    Returns:
        The page; where it could not be had, one that says why.

    Raises:
        ConfigError: It is an address that is never asked ("filing.page").
    """
    text = str(place)
    if "://" not in text and not text.lower().startswith(("file:", "data:", "javascript:")):
        return _from_file(Path(place))
    address = _checked(text)
    until = time.monotonic() + timeout_s
    page = Page(place=_without_login(address))
    for _ in range(MAX_REDIRECTS + 1):
        page, further = _ask(page, address, private, until)
        if not further:
            return page
        if not _may_follow(further):
            return _failed(page, "it sends on to an address that is no http or https")
        address = urlsplit(further)
    return _failed(page, f"it sends on more than {MAX_REDIRECTS} times")


def _may_follow(address: str) -> bool:
    found = urlsplit(address)
    return found.scheme in ("http", "https") and bool(found.hostname) and not found.username


def _checked(text: str) -> SplitResult:
    try:
        found = urlsplit(text)
        is_right = found.scheme in ("http", "https") and bool(found.hostname) and found.port != 0
    except ValueError:
        is_right = False
    if not is_right or found.username or found.password or not text.isprintable():
        raise ConfigError(
            "the address of the page is none that is asked",
            allowed="http:// or https:// with a host and without user and password; or a file",
            code="filing.page",
        )
    return found


def _without_login(address: SplitResult) -> str:
    return address._replace(query="", fragment="").geturl()


def _failed(page: Page, why: str) -> Page:
    return Page(place=page.place, answered=page.answered, ip=page.ip, status=page.status, why=why)


def _from_file(path: Path) -> Page:
    place = f"file:{path.name}"
    try:
        with path.open("rb") as file:
            content = file.read(MAX_PAGE + 1)
    except OSError:
        return Page(place=place, why="the file cannot be read")
    if len(content) > MAX_PAGE:
        return Page(place=place, why=f"the file is larger than {MAX_PAGE >> 20} MiB")
    return Page(place=place, answered=place, content=content)


def _ask(page: Page, address: SplitResult, private: bool, until: float) -> tuple[Page, str]:
    """The page as one request leaves it, and where it sends on to; "" if it does not."""
    page = Page(place=page.place, answered=_without_login(address))
    try:
        port = address.port or (443 if address.scheme == "https" else 80)
        ip = _resolved(str(address.hostname), port, private)
        if ip is None:
            return _failed(page, "its address lies inside a network of its own"), ""
        page = Page(place=page.place, answered=page.answered, ip=ip)
        connection = _connected(address, ip, port, until)
        with closing(connection), _ended_by(connection, until):
            return _answer(page, address, connection, until)
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        return _failed(page, f"it could not be fetched ({type(error).__name__})"), ""


def _resolved(host: str, port: int, private: bool) -> str | None:
    """The address of a host; None if it is not public, and only public ones are asked."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ips = [str(item[4][0]) for item in found]
    if not private and not all(_is_public(ip) for ip in ips):
        return None
    return ips[0]


def _is_public(ip: str) -> bool:
    address = ipaddress.ip_address(ip.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    if any(address in ipaddress.ip_network(net) for net in CARRIERS) and mapped is None:
        return False
    return (mapped or address).is_global and not address.is_multicast


def _connected(
    address: SplitResult, ip: str, port: int, until: float
) -> http.client.HTTPConnection:
    """A connection to exactly the address that was looked at."""
    left = _left(until)
    host = str(address.hostname)
    plain = socket.create_connection((ip, port), timeout=left)
    connection = http.client.HTTPConnection(host, port, timeout=left)
    try:
        secure = ssl.create_default_context() if address.scheme == "https" else None
        connection.sock = secure.wrap_socket(plain, server_hostname=host) if secure else plain
    except BaseException:
        plain.close()
        raise
    return connection


@contextmanager
def _ended_by(connection: http.client.HTTPConnection, until: float) -> Iterator[None]:
    """Hang up when the time is over, however slowly the other side speaks."""
    timer = Timer(_left(until), _hang_up, [connection.sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(plug: socket.socket) -> None:
    with suppress(OSError):
        plug.shutdown(socket.SHUT_RDWR)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _answer(
    page: Page, address: SplitResult, connection: http.client.HTTPConnection, until: float
) -> tuple[Page, str]:
    path = address._replace(scheme="", netloc="", fragment="").geturl() or "/"
    headers = {"User-Agent": "guanyao", "Accept": "text/html", "Accept-Encoding": "identity"}
    connection.request("GET", path, headers={**headers, "Host": address.netloc})
    response = connection.getresponse()
    page = Page(place=page.place, answered=page.answered, ip=page.ip, status=response.status)
    if response.status in REDIRECTS and (further := response.getheader("Location")):
        return page, urljoin(address.geturl(), further)
    if response.status != OK:
        return _failed(page, f"it answers with the status {response.status}"), ""
    content = b"".join(_pieces(response, until))
    if len(content) > MAX_PAGE:
        return _failed(page, f"it is larger than {MAX_PAGE >> 20} MiB"), ""
    _left(until)
    if response.length:
        return _failed(page, "it ends too early"), ""
    facts = {"place": page.place, "answered": page.answered, "ip": page.ip}
    return Page(**facts, status=response.status, content=content), ""


def _pieces(response: http.client.HTTPResponse, until: float) -> Iterator[bytes]:
    """The body piece by piece, until it is too large or takes too long."""
    size = 0
    while size <= MAX_PAGE and (piece := response.read1(1 << 16)):
        _left(until)
        size += len(piece)
        yield piece
