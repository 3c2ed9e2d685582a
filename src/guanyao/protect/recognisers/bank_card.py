"""Numbers of bank cards."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guanyao.protect.codes import Code
from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span, is_named, is_thing, words

NAMED = words(
    "卡号|银行卡|信用卡|借记卡|储蓄卡|账号|帐号|账户|帐户|开户|尾号|银联|转账|汇款|打款|收款",
    "card|cards|credit|debit|visa|mastercard|amex|unionpay|account|acct|pan|cvv|jcb",
)
MAIN = re.compile(
    r"62[0-9]{14,17}|4[0-9]{15}|4[0-9]{18}|5[1-5][0-9]{14}|3[47][0-9]{13}"
    r"|(?:222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"
    r"|35(?:2[89]|[3-8][0-9])[0-9]{12,15}|(?:6011|64[4-9][0-9]|65[0-9]{2})[0-9]{12,15}"
    r"|60[0-9]{14,17}|95(?:58|59)[0-9]{15}"
)
"""Issuers that are told from other numbers without a word near by."""
RARE = re.compile(
    r"4[0-9]{12}|3(?:0[0-5]|[689][0-9])[0-9]{11,16}|5[0678][0-9]{11,17}|6[0-9]{12,18}"
    r"|220[0-4][0-9]{12}|8[12][0-9]{14}|9[0-9]{15,18}|[1-8][0-9]{15,18}"
)
"""Issuers that are common or short numbers, too: a word near by is needed."""
DOUBLED = {str(digit): digit * 2 - 9 * (digit > 4) for digit in range(10)}
MOST_SLIPS = 3


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it.

    Reference: ISO/IEC 7812-1:2017, annex B.
    """
    doubled = sum([DOUBLED[digit] for digit in digits[-2::-2]])
    return (sum(map(int, digits[-1::-2])) + doubled) % 10 == 0


@dataclass(frozen=True)
class BankCard:
    """Finds numbers of bank cards by their issuer and their check digit."""

    kind: str = "bank_card"
    needs: str = "digits"
    label: str = "银行卡号:"

    def find(self, text: Folded) -> Iterator[Span]:
        """Numbers of 13 to 19 digits; words near by are needed where issuer or grouping is odd."""
        for code in text.codes(13, 14, 15, 16, 17, 18, 19):
            number = code.digits(MOST_SLIPS)
            if number and (score := self._score(text.text, code, number)):
                yield code.start, code.end, score

    def _score(self, text: str, code: Code, number: str) -> float:
        is_main = MAIN.fullmatch(number) is not None
        if not is_main and not RARE.fullmatch(number):
            return 0.0
        if not is_luhn(number):
            is_typed = is_main and self._is_usual(code) and code.text == number
            return 0.6 if is_typed and is_named(text, code.start, code.end, NAMED) else 0.0
        if is_named(text, code.start, code.end, NAMED):
            return 0.98 if is_main else 0.85
        if not is_main or not self._is_usual(code) or is_thing(text, code.start, code.end):
            return 0.0
        return 0.96

    def _is_usual(self, code: Code) -> bool:
        """Whether it is written as cards are: solid, in fours, or with nothing else beside it."""
        if code.is_alone:
            return True
        return code.is_loose and (code.is_solid or set(code.sizes[:-1]) == {4})


BANK_CARD = BankCard()
