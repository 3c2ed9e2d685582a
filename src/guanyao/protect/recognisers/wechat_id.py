"""WeChat ids."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span

LABELS = "微信|薇信|威信|V信|v信|VX|vx|Vx|WX|wx|WeChat|wechat|Wechat|WECHAT|weixin|Weixin|微❤"
FORM = r"[A-Za-z][A-Za-z0-9_-]{5,19}(?![A-Za-z0-9_@-]|\.[A-Za-z0-9])"
LABELLED = re.compile(
    rf"(?<![A-Za-z0-9])(?P<name>{LABELS})(?P<label>(?:号码?|id|ID|Id|账号|联系)?)"
    rf"(?P<sign>[ ]?[:=是为][ ]?|[ ]?)(?P<id>{FORM})"
)
BUILT_IN = re.compile(r"(?<![A-Za-z0-9_])wxid_[a-z0-9]{6,20}(?![A-Za-z0-9_])")
TELLING = re.compile(r"[0-9_-]")


@dataclass(frozen=True)
class WechatId:
    """Finds WeChat ids behind a label, and those that WeChat gave out itself."""

    kind: str = "wechat_id"
    needs: str = "微信|薇信|威信|V信|v信|eChat|echat|eixin|VX|vx|WX|wx"
    label: str = "微信号:"

    def find(self, text: Folded) -> Iterator[Span]:
        """Ids of 6 to 20 characters; a plain word needs a label that says `id` or a colon."""
        for match in LABELLED.finditer(text.text):
            is_plain = not TELLING.search(match["id"])
            is_short = len(match["name"]) == 2 and match["name"].isascii()
            is_said = (match["label"] or match["sign"].strip()) and not is_short
            if not is_plain or is_said:
                yield *match.span("id"), 0.75 if is_plain else 0.88
        for match in BUILT_IN.finditer(text.text):
            yield *match.span(), 0.97


WECHAT_ID = WechatId()
