"""Format-preserving encryption FF1: numbers below a size to numbers below the same size.

All values of one length go through each round together, so that a million of them cost ten calls
of AES, not ten million.

Reference: Dworkin 2016, "Recommendation for Block Cipher Modes of Operation: Methods for
Format-Preserving Encryption", NIST SP 800-38G, algorithms 7 (FF1.Encrypt) and 8 (FF1.Decrypt);
domains below a million are refused as in revision 1 (draft 2, 2025), requirement of section 5.2.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from guanyao.errors import ConfigError, PrivacyError

Numbers: TypeAlias = NDArray[Any]
"""uint64 where everything fits, Python's whole numbers (dtype object) where it does not."""
Bytes: TypeAlias = NDArray[np.uint8]
Tweak: TypeAlias = bytes | Bytes

MIN_DOMAIN = 10**6
MAX_RADIX = 1 << 16
MAX_TWEAK = 1 << 16
ROUNDS = 10
BLOCK = 16

# With a modulus below 2^48, a rest times 2^16 plus a word still fits 64 bits.
_WIDE = 1 << 48
_MAX_SIZE = 1 << 63
CHUNK = 1 << 16


class FF1:
    """FF1 over AES with one key and one radix.

    Args:
        key: 16, 24 or 32 bytes.
        radix: How many numerals there are, 2..65536.

    Raises:
        ConfigError: The radix is out of range ("config.range").
    """

    def __init__(self, key: bytes, radix: int) -> None:
        """Prepare the cipher."""
        if not 2 <= radix <= MAX_RADIX:
            raise ConfigError(
                f"the radix is {radix}", allowed=f"2 to {MAX_RADIX}", code="config.range"
            )
        self.radix = radix
        # FF1 is built on single blocks of AES: there is no message longer than one to leak.
        self._aes = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305

    def encrypt(self, numerals: NDArray[Any], tweak: Tweak = b"") -> NDArray[np.int64]:
        """Numerals of the same length.

        Args:
            numerals: Whole numbers in 0..radix-1, shape (n, length).
            tweak: Public bytes that the result depends on; for all alike, or shape (n, n_bytes).

        Raises:
            PrivacyError: There are fewer than a million texts of this length ("mask.domain").
        """
        return self._both(numerals, tweak, self.encrypt_halves)

    def decrypt(self, numerals: NDArray[Any], tweak: Tweak = b"") -> NDArray[np.int64]:
        """The numerals that `encrypt` took to these."""
        return self._both(numerals, tweak, self.decrypt_halves)

    def _both(
        self, numerals: NDArray[Any], tweak: Tweak, change: Callable[..., tuple[Numbers, Numbers]]
    ) -> NDArray[np.int64]:
        length = numerals.shape[1]
        check_domain(self.radix**length)
        left, right = numerals[:, : length // 2], numerals[:, length // 2 :]
        dtype = _dtype(self.radix ** right.shape[1])
        halves = (_to_numbers(half, self.radix, dtype) for half in (left, right))
        changed = change(*halves, length, tweak)
        widths = (left.shape[1], right.shape[1])
        parts = [_to_numerals(h, self.radix, w) for h, w in zip(changed, widths, strict=True)]
        return np.concatenate(parts, axis=1)

    def encrypt_halves(
        self, left: Numbers, right: Numbers, length: int, tweak: Tweak = b""
    ) -> tuple[Numbers, Numbers]:
        """Both halves of numerals, read as numbers.

        Args:
            left: Below radix^(length // 2), shape (n,).
            right: Below radix^(length - length // 2), shape (n,).
            length: Numerals in both together.
            tweak: As in `encrypt`.
        """
        turn = _Round(self, length, tweak, len(left))
        for number in range(ROUNDS):
            modulus = turn.moduli[number % 2]
            left, right = right, (left + turn.mix(number, right, modulus)) % modulus
        return left, right

    def decrypt_halves(
        self, left: Numbers, right: Numbers, length: int, tweak: Tweak = b""
    ) -> tuple[Numbers, Numbers]:
        """The halves that `encrypt_halves` took to these."""
        turn = _Round(self, length, tweak, len(left))
        for number in reversed(range(ROUNDS)):
            modulus = turn.moduli[number % 2]
            left, right = (right + (modulus - turn.mix(number, left, modulus))) % modulus, left
        return left, right

    def blocks(self, data: Bytes) -> Bytes:
        """AES of every block, shape (n, 16)."""
        encryptor = self._aes.encryptor()
        coded = encryptor.update(np.ascontiguousarray(data).tobytes())
        return np.frombuffer(coded, dtype=np.uint8).reshape(-1, BLOCK)


class _Round:
    """The pseudo-random function of all rounds for one length and tweak."""

    def __init__(self, cipher: FF1, length: int, tweak: Tweak, n: int) -> None:
        self.cipher, self.n = cipher, n
        u, v = length // 2, length - length // 2
        self.moduli = (cipher.radix**u, cipher.radix**v)
        self.n_bytes = ((cipher.radix**v - 1).bit_length() + 7) // 8
        self.n_mixed = 4 * -(-self.n_bytes // 4) + 4
        tweaks = np.atleast_2d(
            np.frombuffer(tweak, np.uint8) if isinstance(tweak, bytes) else tweak
        )
        _check_tweak(tweaks.shape[1])
        head = _first_block(cipher.radix, u, length, tweaks.shape[1])
        padding = -(tweaks.shape[1] + self.n_bytes + 1) % BLOCK
        fixed = np.concatenate([tweaks, np.zeros((len(tweaks), padding), np.uint8)], axis=1)
        # What comes before the round's own bytes is the same in all rounds: chained once.
        whole = fixed.shape[1] // BLOCK * BLOCK
        state = cipher.blocks(np.frombuffer(head, np.uint8)[None])
        self.state = _chain(cipher, np.repeat(state, len(fixed), axis=0), fixed[:, :whole])
        self.rest = fixed[:, whole:]

    def mix(self, number: int, half: Numbers, modulus: int) -> Numbers:
        """The round's number for each value, below the modulus."""
        tail = np.empty((self.n, self.rest.shape[1] + 1 + self.n_bytes), np.uint8)
        tail[:, : self.rest.shape[1]] = self.rest
        tail[:, self.rest.shape[1]] = number
        tail[:, -self.n_bytes :] = _to_bytes(half, self.n_bytes)
        coded = _chain(self.cipher, np.broadcast_to(self.state, (self.n, BLOCK)), tail)
        blocks = [coded]
        for counter in range(1, -(-self.n_mixed // BLOCK)):
            mark = np.frombuffer(counter.to_bytes(BLOCK, "big"), np.uint8)
            blocks.append(self.cipher.blocks(coded ^ mark))
        mixed = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)
        return _rest(mixed[:, : self.n_mixed], modulus, half.dtype == object)


def check_domain(size: int) -> None:
    """See that there are enough values to hide one among.

    Raises:
        PrivacyError: There are fewer than a million ("mask.domain").
    """
    if size < MIN_DOMAIN:
        raise PrivacyError(
            f"values of this form are one of {size}",
            allowed=f"format-preserving encryption needs at least {MIN_DOMAIN}",
            do="mask the column with token, generalise or drop",
            code="mask.domain",
        )


def encrypt_numbers(key: bytes, numbers: Numbers, size: int, tweak: Tweak = b"") -> Numbers:
    """Numbers below `size` to numbers below `size`, one to one.

    Args:
        key: 16, 24 or 32 bytes.
        numbers: In 0..size-1, shape (n,); uint64, or object where the size is above 2^63.
        size: How many numbers there are, at least a million.
        tweak: Public bytes that the result depends on; for all alike, or shape (n, n_bytes).

    Raises:
        PrivacyError: The size is below a million ("mask.domain").

    Reference: Black & Rogaway 2002, "Ciphers with Arbitrary Finite Domains", CT-RSA, section 4
    (cycle walking).
    """
    return _walk(key, numbers, size, tweak, back=False)


def decrypt_numbers(key: bytes, numbers: Numbers, size: int, tweak: Tweak = b"") -> Numbers:
    """The numbers that `encrypt_numbers` took to these."""
    return _walk(key, numbers, size, tweak, back=True)


def number_dtype(size: int) -> type:
    """How numbers below `size` are held."""
    return np.uint64 if size <= _MAX_SIZE else object


def _walk(key: bytes, numbers: Numbers, size: int, tweak: Tweak, *, back: bool) -> Numbers:
    check_domain(size)
    radix, length = _shape(size)
    cipher = FF1(key, radix)
    change = cipher.decrypt_halves if back else cipher.encrypt_halves
    modulus = radix ** (length // 2)

    def once(chunk: Numbers, tweaks: Tweak) -> Numbers:
        left, right = change(chunk // modulus, chunk % modulus, length, tweaks)
        joined: Numbers = left * modulus + right
        return joined

    out = np.empty_like(numbers)
    for first in range(0, len(numbers), CHUNK):
        part = slice(first, first + CHUNK)
        chunk = once(numbers[part], _of(tweak, part))
        while len(outside := np.flatnonzero(chunk >= size)):
            chunk[outside] = once(chunk[outside], _of(_of(tweak, part), outside))
        out[part] = chunk
    return out


def _of(tweak: Tweak, rows: slice | NDArray[np.int64]) -> Tweak:
    return tweak if isinstance(tweak, bytes) or len(tweak) == 1 else tweak[rows]


def _shape(size: int) -> tuple[int, int]:
    """Radix and even length whose power is the size or very little more."""
    for length in range(4, 4096, 2):
        radix = _root(size, length)
        if radix <= MAX_RADIX:
            return max(radix, 2), length
    raise ConfigError(
        "a value is too long to be encrypted in its format",
        allowed="about 14,000 digits",
        do="mask the column with token",
        code="mask.format",
    )


def _root(size: int, power: int) -> int:
    """The smallest whole number whose power is at least `size`."""
    low, high = 1, 1 << (size.bit_length() // power + 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if middle**power >= size else (middle + 1, high)
    return low


def _first_block(radix: int, u: int, length: int, n_tweak: int) -> bytes:
    head = bytes([1, 2, 1]) + radix.to_bytes(3, "big") + bytes([10, u % 256])
    return head + length.to_bytes(4, "big") + n_tweak.to_bytes(4, "big")


def _check_tweak(n_bytes: int) -> None:
    if n_bytes > MAX_TWEAK:
        raise ConfigError(
            f"a tweak has {n_bytes} bytes", allowed=f"up to {MAX_TWEAK}", code="config.range"
        )


def _chain(cipher: FF1, state: Bytes, data: Bytes) -> Bytes:
    """CBC-MAC of whole blocks, from a given state."""
    for first in range(0, data.shape[1], BLOCK):
        state = cipher.blocks(state ^ data[:, first : first + BLOCK])
    return state


def _dtype(modulus: int) -> type:
    return np.uint64 if modulus <= _WIDE else object


def _to_bytes(numbers: Numbers, width: int) -> Bytes:
    """Each number, most significant byte first, shape (n, width)."""
    if numbers.dtype == object:
        joined = b"".join(int(number).to_bytes(width, "big") for number in numbers)
        return np.frombuffer(joined, np.uint8).reshape(len(numbers), width)
    wide = numbers.astype(">u8").view(np.uint8).reshape(-1, 8)
    return wide[:, 8 - width :]


def _rest(data: Bytes, modulus: int, is_wide: bool) -> Numbers:
    """The bytes of each row as one number, modulo the modulus."""
    if is_wide:
        return np.array([int.from_bytes(row, "big") % modulus for row in data], dtype=object)
    words = np.ascontiguousarray(data).view(">u2").astype(np.uint64)
    rest = np.zeros(len(data), dtype=np.uint64)
    for word in words.T:
        rest = ((rest << np.uint64(16)) + word) % np.uint64(modulus)
    return rest


def _to_numbers(numerals: NDArray[Any], radix: int, dtype: Any) -> Numbers:  # noqa: ANN401
    numbers = np.zeros(len(numerals), dtype=dtype)
    for place in numerals.T:
        numbers = numbers * radix + place.astype(dtype)
    return numbers


def _to_numerals(numbers: Numbers, radix: int, width: int) -> NDArray[np.int64]:
    numerals = np.empty((len(numbers), width), dtype=np.int64)
    for place in reversed(range(width)):
        numerals[:, place] = numbers % radix
        numbers = numbers // radix
    return numerals
