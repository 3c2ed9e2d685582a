"""Addresses of machines: IP and MAC."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address

from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span, is_named, last_place, line_before, matches, words

V4 = re.compile(
    r"(?<![0-9A-Za-z.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9A-Za-z]|\.[0-9]|-[0-9])", re.ASCII
)
V6 = re.compile(r"(?<![0-9A-Za-z:.])[0-9A-Fa-f:]{2,39}(?:\.[0-9.]{5,15})?(?![0-9A-Za-z:])")
DOTTED = re.compile(r"\.[0-9]{1,3}\.[0-9]")
DOUBLE_COLON = re.compile(r"::[0-9A-Fa-f]")
COLONS = re.compile(r":[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:")
COLON_PAIRS = re.compile(r":[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}:")
DASH_PAIRS = re.compile(r"-[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-")
DOTTED_FOURS = re.compile(r"\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}")
PAIRS = re.compile(
    r"(?<![0-9A-Za-z:-])[0-9A-Fa-f]{2}(?P<sign>[:-])(?:[0-9A-Fa-f]{2}(?P=sign)){4}[0-9A-Fa-f]{2}"
    r"(?![0-9A-Za-z]|[:-][0-9A-Fa-f])"
)
FOURS = re.compile(r"(?<![0-9A-Za-z.])[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}(?![0-9A-Za-z]|\.[0-9])")
IP_NAMED = words(
    "地址|主机|服务器|登录|登陆|访问|来源|网关|客户端|内网|外网|端口",
    "ip|ipv4|ipv6|host|server|login|from|address|client|gateway|ping|ssh|addr|remote|dns|proxy",
)
MAC_NAMED = words("物理地址|网卡|设备", "mac|ethernet|wifi|bluetooth|hwaddr|bssid|address|device")
VERSIONED = words(
    "版本|固件|章|节|图|表|第", "v|ver|version|release|build|firmware|section|chapter|rev|fig"
)
NOBODYS = frozenset({"0", "127", "255"})
LARGE = 100
MOST_PLAIN = 3


@dataclass(frozen=True)
class IpAddress:
    """Finds IPv4 and IPv6 addresses; those of one's own machine are nobody's."""

    kind: str = "ip_address"
    needs: str = "digits"
    label: str = "IP: "

    def find(self, text: Folded) -> Iterator[Span]:
        """Addresses in range; what looks like a version number needs a word near by."""
        for match in matches(text.text, DOTTED, V4, 16):
            if score := self._score(text.text, *match.span()):
                yield *match.span(), score
        for clue in (DOUBLE_COLON, COLONS):
            for match in matches(text.text, clue, V6, 46):
                if self._is_v6(match[0]):
                    yield *match.span(), 0.93

    def _score(self, text: str, start: int, end: int) -> float:
        parts = text[start:end].split(".")
        if any(int(part) > 255 or (len(part) > 1 and part[0] == "0") for part in parts):
            return 0.0
        if parts[0] in NOBODYS:
            return 0.0
        if is_named(text, start, end, IP_NAMED):
            return 0.95
        before = line_before(text, start, 10)
        is_version = last_place(VERSIONED, before) >= 0 or text[start - 1 : start] in ("v", "V")
        return 0.0 if is_version or all(int(part) < LARGE for part in parts) else 0.7

    def _is_v6(self, text: str) -> bool:
        if text.count(":") < 2 or not any(map(str.isdigit, text)):
            return False
        try:
            address = IPv6Address(text)
        except AddressValueError:
            return False
        named = [part for part in text.split(":") if part]
        return len(named) >= MOST_PLAIN and not address.is_loopback


@dataclass(frozen=True)
class MacAddress:
    """Finds MAC addresses in pairs or fours."""

    kind: str = "mac_address"
    needs: str = "digits"
    label: str = "MAC: "

    def find(self, text: Folded) -> Iterator[Span]:
        """Addresses of 12 hexadecimal digits; those of decimal digits need a word near by."""
        for clue in (COLON_PAIRS, DASH_PAIRS):
            for match in matches(text.text, clue, PAIRS, 18):
                if score := self._score(text.text, *match.span()):
                    yield *match.span(), score
        for match in matches(text.text, DOTTED_FOURS, FOURS, 15):
            if is_named(text.text, *match.span(), MAC_NAMED):
                yield *match.span(), 0.9

    def _score(self, text: str, start: int, end: int) -> float:
        digits = set(text[start:end].upper()) - set(":-")
        if len(digits) == 1:
            return 0.0
        if is_named(text, start, end, MAC_NAMED):
            return 0.96
        return 0.92 if digits & set("ABCDEF") else 0.0


IP_ADDRESS = IpAddress()
MAC_ADDRESS = MacAddress()
