"""What the tests of the vault lock it with: cheap, and made up."""

from guanyao.protect.vault.master import Cost, Passphrase, RawKey

CHEAP = Cost(memory_kib=8, iterations=1, lanes=1)
WORDS = Passphrase("correct horse battery", CHEAP)
OTHER_WORDS = Passphrase("staple correct horse", CHEAP)
KEY = RawKey(bytes(range(32)))


class MadeUpKms:
    """A key management service as small as can be: one key, and what it wrapped."""

    def __init__(self, name: str = "made-up/1") -> None:
        self.name = name
        self._wrapped: dict[bytes, tuple[bytes, bytes]] = {}

    def wrap(self, key: bytes, bound: bytes) -> bytes:
        handle = f"{self.name}#{len(self._wrapped)}".encode()
        self._wrapped[handle] = (key, bound)
        return handle

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        key, before = self._wrapped.get(wrapped, (b"", b""))
        return key if before == bound else b""
