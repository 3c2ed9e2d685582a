"""Geographic coordinates."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span, is_named, words, zones

NUMBER = r"[+-]?[0-9]{1,3}\.[0-9]{2,15}"
PAIR = re.compile(
    rf"(?<![0-9.A-Za-z-])(?P<a>{NUMBER})°?[ ]?[,;/ ][ ]?(?P<b>{NUMBER})°?(?![0-9A-Za-z]|\.[0-9])"
)
ARC = (
    r"[0-9]{1,3}(?:\.[0-9]{1,10})?[ ]?°(?:[ ]?[0-9]{1,2}(?:\.[0-9]{1,8})?[ ]?['′‘’]{1,2}"
    r"(?:[ ]?[0-9]{1,2}(?:\.[0-9]{1,6})?[ ]?(?:[\"″”]|''|′′))?)?"
)
NORTH, EAST = r"(?:[NS]|[北南]纬|纬度)", r"(?:[EW]|[东西]经|经度)"
AND = r"[ ,;/、和]{0,3}"
ARCS = re.compile(
    rf"{NORTH}?[ :]?{ARC}[ ]?[NS]?{AND}{EAST}?[ :]?{ARC}[ ]?[EW]?"
    rf"|{EAST}[ :]?{ARC}{AND}{NORTH}[ :]?{ARC}"
)
IS = r"[\"']?[ ]?[:=]?[ ]?"
LATITUDE = rf"(?:[北南]?纬度?|\blat(?:itude)?){IS}[+-]?[0-9]{{1,2}}\.[0-9]{{2,15}}[度°]?"
LONGITUDE = rf"(?:[东西]?经度?|\b(?:lon|lng|longitude)){IS}[+-]?[0-9]{{1,3}}\.[0-9]{{2,15}}[度°]?"
SPOKEN = re.compile(
    rf"{LATITUDE}[ ,;、\"']{{0,4}}{LONGITUDE}|{LONGITUDE}[ ,;、\"']{{0,4}}{LATITUDE}", re.IGNORECASE
)
NAMED = words(
    "坐标|经纬|纬度|经度|定位|位置",
    "gps|lat|lon|lng|latitude|longitude|location|coordinates|coords|geo|position",
)
DECIMALS = re.compile(r"\.[0-9]{2}")
REACH = 48
CHINA = ((3.5, 54.0), (73.0, 136.0))
FINE, FINER = 4, 5


@dataclass(frozen=True)
class Coordinates:
    """Finds pairs of latitude and longitude."""

    kind: str = "coordinates"
    needs: str = "digits"
    label: str = "坐标:"

    def find(self, text: Folded) -> Iterator[Span]:
        """Pairs with degree signs or names, and fine bare pairs inside China's bounds."""
        if "°" in text.text:
            for match in ARCS.finditer(text.text):
                yield *match.span(), 0.9
        places = [match.start() for match in DECIMALS.finditer(text.text)]
        near = [one for one, two in pairwise([*places, REACH * 9**9]) if two - one < REACH]
        for start, end in zones(near, REACH, 2 * REACH):
            for match in SPOKEN.finditer(text.text, start, end):
                yield *match.span(), 0.93
            for match in PAIR.finditer(text.text, start, end):
                if score := self._score(text.text, match):
                    yield *match.span(), score

    def _score(self, text: str, match: re.Match[str]) -> float:
        one, two = match["a"], match["b"]
        if not (_on_earth(float(one), float(two)) or _on_earth(float(two), float(one))):
            return 0.0
        if is_named(text, *match.span(), NAMED):
            return 0.92
        places = sorted(len(number.partition(".")[2]) for number in (one, two))
        is_fine = places[0] >= FINE and places[1] >= FINER
        is_china = _in_china(float(one), float(two)) or _in_china(float(two), float(one))
        return 0.75 if is_fine and is_china else 0.0


def _on_earth(latitude: float, longitude: float) -> bool:
    return abs(latitude) <= 90 and abs(longitude) <= 180


def _in_china(latitude: float, longitude: float) -> bool:
    (south, north), (west, east) = CHINA
    return south <= latitude <= north and west <= longitude <= east


COORDINATES = Coordinates()
