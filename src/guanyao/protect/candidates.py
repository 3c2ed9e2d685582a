"""How many different values a kind of personal data can have: what a guesser has to try.

The figures are orders of magnitude, rounded down: those who guess know the numbers in use.
"""

DAYS_OF_LIVING = 36_525
"""Birth dates of a hundred years."""

SPACES: dict[str, float] = {
    # About 3,000 counties, a hundred years of days, 1,000 running numbers (GB 11643-1999, 4.1).
    "resident_id": 3_000 * DAYS_OF_LIVING * 1_000,
    # About 50 three-digit segments in use, 8 free digits.
    "mobile_phone": 50 * 10**8,
    # An area code, and 8 digits that do not begin with 0 or 1.
    "landline": 300 * 8 * 10**7,
    "phone": 50 * 10**8,
    # About 3,000 issuers' prefixes of 6 digits, 12 free digits, a check digit (ISO/IEC 7812-1).
    "bank_card": 3_000 * 10**12,
    "birth_date": DAYS_OF_LIVING,
    "postcode": 10**5,
    "ip_address": 3.7e9,
    "mac_address": 30_000 * 2.0**24,
    "us_ssn": 7.3e8,
    "passport": 2 * 10**8,
    "hk_macau_permit": 10**8,
    "taiwan_permit": 10**8,
    "licence_plate": 31 * 24 * 34**5,
    "qq_id": 4e9,
}


def space(kind: str) -> float | None:
    """How many values of this kind there are; None: nobody knows."""
    return SPACES.get(kind)
