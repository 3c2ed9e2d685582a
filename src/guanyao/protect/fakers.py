"""Made-up values of each kind, drawn by the key: the same value, the same fake.

Numbers lie in ranges that are assigned to nobody, so that no fake is somebody's. Names cannot be
so: whatever is a name may be somebody's name.
"""

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np

from guanyao.data.check_digits import CREDIT_CODE, check_characters
from guanyao.data.identifiers import UNASSIGNED
from guanyao.protect import fake_words as words
from guanyao.protect.ff1 import encrypt_numbers
from guanyao.protect.layouts import Check, Layout, Slot, days, run, to_codes, to_texts
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.regions import MUNICIPALITIES, PROVINCES, city_of, province_of

Item = TypeVar("Item")

LOWER32 = "abcdefghijklmnopqrstuvwxyz234567"
NETWORKS = ("192.0.2.", "198.51.100.", "203.0.113.")
PLATE = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
MAINLAND = tuple(code for code in PROVINCES if code < "70")
PLATE_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
BODY = len(CREDIT_CODE) ** 8
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_DIGIT = re.compile(r"\d")
_PHONE = re.compile(r"\s*(?:\(?(?:\+|00)?86\)?[- ]*)?(?:\d[- ]?){11,19}\s*")


class Draw:
    """Choices that follow from 64 bytes, as dice would make them."""

    def __init__(self, mark: bytes) -> None:
        """Begin with these bytes."""
        self._rest = int.from_bytes(mark, "big")

    def below(self, n: int) -> int:
        """A number in 0..n-1."""
        self._rest, number = divmod(self._rest, n)
        return number

    def of(self, items: Sequence[Item]) -> Item:
        """One of these."""
        return items[self.below(len(items))]

    def text(self, alphabet: str, n: int) -> str:
        """N characters of the alphabet."""
        return "".join(self.of(alphabet) for _ in range(n))

    def digits(self, n: int) -> str:
        """N digits."""
        return f"{self.below(10**n):0{n}d}"


@dataclass(frozen=True)
class Wish:
    """What a fake takes over from the value it stands for.

    Args:
        locale: zh_CN, en, or auto: by the value's own script.
        keep: Parts that stay true, names in `KEEPS`.
    """

    locale: str = "auto"
    keep: tuple[str, ...] = ()

    def is_chinese(self, value: str) -> bool:
        """Whether the fake shall be Chinese."""
        return self.locale == "zh_CN" or (self.locale == "auto" and bool(_CHINESE.search(value)))


Make: TypeAlias = Callable[[Draw, str, Wish], str]


@dataclass(frozen=True)
class Kindred:
    """How fakes of one kind are made.

    Args:
        make: From the draw, the value and the wish to the fake.
        size: How many fakes there are.
        range: Where they lie, and why nobody has them; one clause.
        keeps: What can stay true.
        check: The rule of the check character that is still to be put behind what `make` gives.
    """

    make: Make
    size: float
    range: str
    keeps: tuple[str, ...] = ()
    check: str = ""


def _refill(value: str, digits: str) -> str:
    """The last digits of the value replaced by these, what stands between them left alone.

    A value that holds more than a number with its separators and country code is not kept.
    """
    places = [match.start() for match in _DIGIT.finditer(value)][-len(digits) :]
    if len(places) < len(digits) or _PHONE.fullmatch(value) is None:
        return digits
    characters = list(value)
    for place, digit in zip(places, digits, strict=True):
        characters[place] = digit
    return "".join(characters)


def _mobile(draw: Draw, value: str, wish: Wish) -> str:
    return _refill(value, draw.of(UNASSIGNED) + draw.digits(8))


def _landline(draw: Draw, value: str, wish: Wish) -> str:
    return f"0{draw.of(('10', '20', '21', '25', '27', '28', '29'))}-0{draw.digits(7)}"


def _phone(draw: Draw, value: str, wish: Wish) -> str:
    # Of 800 and other numbers that are free to call, not all of 555-01xx are kept for fiction.
    return f"+1 {2 + draw.below(6)}{draw.digits(2)}-555-01{draw.digits(2)}"


def _resident(draw: Draw, value: str, wish: Wish) -> str:
    known = re.sub(r"\D", "", value[:17])
    is_known = len(known) == 17
    province = known[:2] if is_known and "province" in wish.keep else draw.of(MAINLAND)
    if province not in PROVINCES:
        province = draw.of(MAINLAND)
    birth = draw.of(_LIVING)
    if is_known and "birth" in wish.keep:
        birth = known[6:14]
    elif is_known and "birth_year" in wish.keep:
        birth = known[6:10] + birth[4:6] + f"{1 + draw.below(28):02d}"
    number = draw.below(1000)
    if is_known and "sex" in wish.keep:
        number = number // 2 * 2 + int(known[16]) % 2
    return f"{province}{1 + draw.below(20):02d}98{birth}{number:03d}"


def _bank_card(draw: Draw, value: str, wish: Wish) -> str:
    n = len(_DIGIT.findall(value))
    length = n if 16 <= n <= 19 else 19
    return f"62999{draw.digits(length - 6)}"


def _person(draw: Draw, value: str, wish: Wish) -> str:
    if not wish.is_chinese(value):
        return f"{draw.of(words.GIVEN_EN)} {draw.of(words.SURNAMES_EN)}"
    n_given = 1 if len(value.strip()) == 2 else 2
    given = "".join(draw.of(words.GIVEN_ZH) for _ in range(n_given))
    return draw.of(words.SURNAMES_ZH) + given


def _email(draw: Draw, value: str, wish: Wish) -> str:
    name = draw.of(words.SYLLABLES) + draw.of(words.SYLLABLES)
    return f"{name}.{draw.text(LOWER32, 8)}@example.com"


def _address(draw: Draw, value: str, wish: Wish) -> str:
    if not wish.is_chinese(value):
        return f"{1 + draw.below(9999)} {draw.of(words.ROADS_EN)}, {draw.of(words.TOWNS_EN)}"
    place = _place(draw, value, wish)
    door = f"{1 + draw.below(998)}号{1 + draw.below(40)}栋{1 + draw.below(33)}{draw.digits(2)}室"
    return place + draw.of(words.DISTRICTS_ZH) + draw.of(words.ROADS_ZH) + door


def _place(draw: Draw, value: str, wish: Wish) -> str:
    known = city_of(value) if "city" in wish.keep else None
    if known is None and "province" in wish.keep:
        known = province_of(value)
    return known or draw.of(MUNICIPALITIES)


def _organisation(draw: Draw, value: str, wish: Wish) -> str:
    if not wish.is_chinese(value):
        name = f"{draw.of(words.SURNAMES_EN)} & {draw.of(words.SURNAMES_EN)}"
        return f"{words.EXAMPLE_EN} {name} {draw.of(words.BRANCHES_EN)} Ltd"
    name = draw.of(words.GIVEN_ZH) + draw.of(words.GIVEN_ZH)
    return f"{name}{words.EXAMPLE_ZH}{draw.of(words.BRANCHES_ZH)}有限公司"


def _plate(draw: Draw, value: str, wish: Wish) -> str:
    n = len(re.sub(r"[^0-9A-Za-z]", "", value))
    middle = "·" if "·" in value else ""
    return draw.of(PLATE_PROVINCES) + "I" + middle + draw.text(PLATE, 6 if n == 7 else 5)


def _document(draw: Draw, value: str, wish: Wish) -> str:
    return "X" + draw.digits(8)


def _ip(draw: Draw, value: str, wish: Wish) -> str:
    if ":" in value:
        return "2001:db8:" + ":".join(f"{1 + draw.below(0xFFFF):x}" for _ in range(6))
    return f"{draw.of(NETWORKS)}{1 + draw.below(254)}"


def _mac(draw: Draw, value: str, wish: Wish) -> str:
    numbers = [draw.below(256) for _ in range(6)]
    numbers[0] = (numbers[0] & 0xFC) | 0x02
    text = ("-" if "-" in value else ":").join(f"{number:02x}" for number in numbers)
    return text.upper() if value.upper() == value else text


def _url(draw: Draw, value: str, wish: Wish) -> str:
    return f"https://example.com/{draw.text(LOWER32, 16)}"


def _credit_code(draw: Draw, value: str, wish: Wish) -> str:
    """The number of the organisation, for `_credit_codes`."""
    return str(draw.below(BODY))


def _ssn(draw: Draw, value: str, wish: Wish) -> str:
    return f"000-{draw.digits(2)}-{draw.digits(4)}"


def _qq(draw: Draw, value: str, wish: Wish) -> str:
    return "0" + draw.digits(9)


def _wechat(draw: Draw, value: str, wish: Wish) -> str:
    return "example_" + draw.text(LOWER32, 14)


def _postcode(draw: Draw, value: str, wish: Wish) -> str:
    return "000" + draw.digits(3)


_CREDIT = re.compile(f"[{CREDIT_CODE}]{{18}}")
_CREDIT_CHECKS = (Check("organization_code", 8), Check("credit_code"))
_CREDIT_FORM = Layout((*run(CREDIT_CODE, 16), *_CREDIT_CHECKS))
_CREDIT_FAKES = Layout((Slot(("W1000000",)), *run(CREDIT_CODE, 8), *_CREDIT_CHECKS))
_LIVING = tuple(day for day in days().words if "1940" <= day[:4] <= "2009")
_N_NAMES = len(words.SURNAMES_ZH) * len(words.GIVEN_ZH) ** 2
_N_DOORS = 998 * 40 * 33 * 100

FAKERS: dict[str, Kindred] = {
    "person_name": Kindred(
        _person, _N_NAMES, "a made-up name, which somebody may bear all the same"
    ),
    "mobile_phone": Kindred(
        _mobile,
        len(UNASSIGNED) * 1e8,
        "segments 154, 160, 161, 163, 164, 168 and 169, which are not assigned",
    ),
    "landline": Kindred(_landline, 7e7, "local numbers that begin with 0, which there are none of"),
    "phone": Kindred(_phone, 6e4, "+1 ... 555-01xx, kept for fiction"),
    "resident_id": Kindred(
        _resident,
        len(MAINLAND) * 20 * len(_LIVING) * 1e3,
        "county 98, which no city has; the check digit is right",
        ("province", "birth", "birth_year", "sex"),
        check="mod_11_2",
    ),
    "bank_card": Kindred(
        _bank_card,
        1e10,
        "prefix 62999, which no bank has; the Luhn digit is right",
        check="luhn",
    ),
    "email": Kindred(_email, len(words.SYLLABLES) ** 2 * 2.0**40, "at example.com (RFC 2606)"),
    "address": Kindred(
        _address,
        len(words.DISTRICTS_ZH) * len(words.ROADS_ZH) * _N_DOORS * 4,
        "a made-up district and road",
        ("province", "city"),
    ),
    "organisation": Kindred(
        _organisation,
        len(words.GIVEN_ZH) ** 2 * len(words.BRANCHES_ZH),
        "a made-up name with the word 示例 or Example in it",
    ),
    "licence_plate": Kindred(
        _plate, len(PLATE_PROVINCES) * 34.0**5, "the letter I after the province, never issued"
    ),
    "passport": Kindred(_document, 1e8, "the letter X and 8 digits, no prefix in use"),
    "hk_macau_permit": Kindred(_document, 1e8, "the letter X and 8 digits, no prefix in use"),
    "taiwan_permit": Kindred(_document, 1e8, "the letter X and 8 digits, no prefix in use"),
    "ip_address": Kindred(_ip, 3 * 254, "addresses kept for documentation (RFC 5737, RFC 3849)"),
    "mac_address": Kindred(_mac, 2.0**46, "locally administered addresses (IEEE 802)"),
    "secret_url": Kindred(_url, 2.0**80, "at example.com (RFC 2606)"),
    "credit_code": Kindred(_credit_code, BODY, "department W, which there is none of"),
    "us_ssn": Kindred(_ssn, 1e6, "area 000, never assigned"),
    "qq_id": Kindred(_qq, 1e9, "a leading 0, which no account has"),
    "wechat_id": Kindred(_wechat, 2.0**70, "22 characters, two more than any account has"),
    "postcode": Kindred(_postcode, 1e3, "000xxx, which no place has"),
}
"""What can be faked, and how."""

KEEPS = tuple(dict.fromkeys(name for kindred in FAKERS.values() for name in kindred.keeps))
"""All that a fake may keep of the value it stands for."""


class Faker:
    """Makes fakes for one data set: the same value, the same fake, wherever it stands.

    Args:
        key: The data set's key.
        domain: Columns of one domain get the same fakes; "": the kind's name.
        wish: What fakes take over.
    """

    def __init__(self, key: MaskKey, domain: str = "", wish: Wish | None = None) -> None:
        """Keep what is needed."""
        self._key, self._domain, self._wish = key, domain, wish or Wish()

    def one(self, kind: str, value: str) -> str:
        """The fake of one value."""
        return self.many(kind, [value])[0]

    def many(self, kind: str, values: Sequence[str]) -> list[str]:
        """The fakes of these values."""
        secret = self._key.derive("fake", self._domain or kind)
        kindred = FAKERS[kind]
        marks = (hmac.digest(secret, value.encode(), "sha512") for value in values)
        pairs = zip(marks, values, strict=True)
        made = [kindred.make(Draw(mark), value, self._wish) for mark, value in pairs]
        if kind == "credit_code":
            return _credit_codes(secret, values, [int(number) for number in made])
        return _checked(kindred.check, made, values) if kindred.check else made


def _checked(rule: str, payloads: list[str], values: Sequence[str]) -> list[str]:
    """The payloads with their check characters, written as the values are."""
    out = [""] * len(payloads)
    places: dict[int, list[int]] = {}
    for place, payload in enumerate(payloads):
        places.setdefault(len(payload), []).append(place)
    for rows in places.values():
        codes = to_codes([payloads[row] for row in rows])
        marks = check_characters(rule, codes)
        for row, mark in zip(rows, marks.tolist(), strict=True):
            out[row] = payloads[row] + chr(mark)
    if rule != "luhn":
        return out
    lengths = (len(_DIGIT.findall(value)) for value in values)
    triples = zip(out, values, lengths, strict=True)
    return [_refill(value, fake) if n == len(fake) else fake for fake, value, n in triples]


def _credit_codes(secret: bytes, values: Sequence[str], numbers: list[int]) -> list[str]:
    """Codes of these organisations; of well-formed values distinct ones stay distinct."""
    chosen = np.array(numbers, dtype=np.uint64)
    real = [place for place, value in enumerate(values) if _CREDIT.fullmatch(value)]
    if real:
        ranks, fits = _CREDIT_FORM.rank(to_codes([values[place] for place in real]))
        rows = np.array(real)[fits]
        bodies = ranks[fits] % BODY
        chosen[rows] = encrypt_numbers(secret, bodies.astype(np.uint64), BODY)
    return to_texts(_CREDIT_FAKES.unrank(chosen))
