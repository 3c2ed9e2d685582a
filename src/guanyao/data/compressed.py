"""Bytes of a file, decompressed by its suffix, with a limit on what may come out of it."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from guanyao.errors import DataError, MissingExtraError

COMPRESSIONS = (".gz", ".zst")

MAX_RATIO = 200
"""A file that grows more than this many times is refused once it exceeds `MAX_BYTES`."""

MAX_BYTES = 512 * 2**20
"""Bytes up to which any ratio is accepted; small files of constant columns compress a lot."""

PIECE = 8 * 2**20


def check_file(path: Path) -> Path:
    """The path, when it is a file that can be opened.

    Raises:
        DataError: There is no such file, it is a folder, or it may not be read.
    """
    try:
        with path.open("rb"):
            return path
    except IsADirectoryError as error:
        raise DataError(
            f"{path} is a folder", allowed="a file is needed", code="data.folder"
        ) from error
    except PermissionError as error:
        raise DataError(f"{path} may not be read", code="data.unreadable") from error
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} cannot be opened ({getattr(error, 'strerror', None) or type(error).__name__})",
            do="check the path",
            code="data.missing",
        ) from error


def digest(path: Path) -> str:
    """SHA-256 of the file's bytes as they lie on disk, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_bytes(path: Path) -> bytes:
    """The whole decompressed content.

    Raises:
        DataError: The file is truncated, damaged, or a decompression bomb.
    """
    if path.suffix not in COMPRESSIONS:
        return path.read_bytes()
    return b"".join(pieces(path))


def head(path: Path, n_bytes: int) -> bytes:
    """The first `n_bytes` of the decompressed content, or all of it when it is shorter."""
    taken, size = [], 0
    for piece in pieces(path):
        taken.append(piece)
        size += len(piece)
        if size >= n_bytes:
            break
    return b"".join(taken)[:n_bytes]


def pieces(path: Path) -> Iterator[bytes]:
    """The decompressed content in pieces of at most some megabytes.

    Raises:
        DataError: The file is truncated, damaged, or a decompression bomb.
    """
    reader = {".gz": _gzip_pieces, ".zst": _zstd_pieces}.get(path.suffix, _plain_pieces)
    limit = max(MAX_BYTES, MAX_RATIO * path.stat().st_size)
    size = 0
    for piece in reader(path):
        size += len(piece)
        if path.suffix in COMPRESSIONS and size > limit:
            raise DataError(
                f"{path} grows to more than {MAX_RATIO} times its size",
                allowed=f"at most {MAX_RATIO} times, or {MAX_BYTES // 2**20} MiB",
                do="decompress it yourself if you trust it",
                code="data.bomb",
            )
        yield piece


def _plain_pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _gzip_pieces(path: Path) -> Iterator[bytes]:
    with _damage_named(path, (OSError, EOFError, zlib.error)), gzip.open(path) as file:
        while piece := file.read(PIECE):
            yield piece


def _zstd_pieces(path: Path) -> Iterator[bytes]:
    zstandard = zstd_module()
    decoder = zstandard.ZstdDecompressor().decompressobj()
    # Small inputs, as one piece of input may grow to thousands of times its size.
    with _damage_named(path, (zstandard.ZstdError,)), path.open("rb") as file:
        while piece := file.read(2**16):
            while piece:
                if decoder.eof:
                    decoder = zstandard.ZstdDecompressor().decompressobj()
                yield decoder.decompress(piece)
                piece = decoder.unused_data if decoder.eof else b""
        if not decoder.eof:
            raise _damaged(path)


@contextmanager
def _damage_named(path: Path, kinds: tuple[type[Exception], ...]) -> Iterator[None]:
    try:
        yield
    except kinds as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> DataError:
    return DataError(
        f"{path} is truncated or damaged: it does not decompress to its end",
        do="copy it again from where it came from",
        code="data.damaged",
    )


def open_compressor(path: Path, suffix: str) -> IO[bytes]:
    """A stream for writing that compresses as `suffix` says ("" for not at all).

    The gzip header carries neither name nor time, so that the same rows give the same bytes.
    """
    if suffix == ".gz":
        return cast(IO[bytes], _GzipOutput(path))
    if suffix == ".zst":
        stream: IO[bytes] = zstd_module().open(path, "wb")
        return stream
    return path.open("wb")


class _GzipOutput(gzip.GzipFile):
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        super().__init__(filename="", mode="wb", compresslevel=6, fileobj=self._file, mtime=0)

    def close(self) -> None:
        super().close()
        self._file.close()


def zstd_module() -> Any:  # noqa: ANN401
    """The module `zstandard`.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import zstandard
    except ImportError as error:
        raise MissingExtraError(
            "reading .zst needs the package zstandard", do="pip install zstandard"
        ) from error
    return zstandard
