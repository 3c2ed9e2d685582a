"""Addresses of the web that let whoever holds them in: with a password, token or signature."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}$")
REST = re.compile(
    r"[A-Za-z0-9\[%_.~!$&'*(-][^\s<>\"'`\x1e\x00-\x1f\u3000-\u303f\u4e00-\u9fff，。；！？、）】》]{2,3900}"
)
USER = re.compile(r"[^/?#@\s:]{1,256}:[^/?#@\s]{1,256}@")
SECRET = re.compile(
    r"[?&#;](?:[a-z0-9]{1,20}[_.-]){0,3}(?:access_?|api_?|auth_?|id_?|refresh_?|session_?|secret_?|user_?)?"
    r"(?:token|key|apikey|secret|password|passwd|passcode|pwd|pass|signature|sig|sign|auth|jwt|sid|sessionid"
    r"|session|credential|credentials|ticket|authorization|accesskeyid|code|otp|phpsessid|jsessionid)"
    r"=(?P<value>[^&#\s]{4,})",
    re.IGNORECASE,
)
ENDS = ".,;:!?)]}'\""


@dataclass(frozen=True)
class SecretUrl:
    """Finds addresses with a user's password before the host, or a secret among the parameters."""

    kind: str = "secret_url"
    needs: str = "://"

    def find(self, text: Folded) -> Iterator[Span]:
        """Whole addresses, without the signs of the sentence behind them."""
        place = text.text.find("://")
        while place >= 0:
            after = place + 3
            scheme = SCHEME.search(text.text[max(0, place - 32) : place])
            rest = REST.match(text.text, after) if scheme else None
            if scheme and rest:
                address = rest[0].rstrip(ENDS)
                if USER.match(address) or SECRET.search(address):
                    yield place - len(scheme[0]), after + len(address), 0.97
                after += len(address)
            place = text.text.find("://", after)


SECRET_URL = SecretUrl()
