"""One picture file, decoded safely into pixels of a wanted size.

A picture is looked at before it is decoded: kind, size and number of frames stand in its head, so
that a small file which claims a huge picture is refused without making it.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from guanyao.data.pixel_values import scale_of
from guanyao.errors import DataError, GuanyaoError, MissingExtraError

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")
KINDS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
"""What Pillow may decode. It knows many more kinds, each with faults of its own; the library for
TIFF, for one, writes to the standard error whatever it thinks of a file."""

MAX_PIXELS = 64 * 10**6
"""A picture that claims more pixels is not decoded."""

HOW = "scaled until they cover the size, and cut around the centre"

ORIENTATION = 0x0112
TURNED = (5, 6, 7, 8)
"""EXIF orientations that swap height and width."""

GREY = ("1", "L", "LA", "La")

Pixels = npt.NDArray[np.uint8]
Encoded: TypeAlias = Path | bytes


@dataclass(frozen=True, kw_only=True)
class Head:
    """What a picture file says of itself.

    Args:
        size: Height and width in pixels, as it is to be seen.
        is_grey: Whether it has a single channel.
        highest: The highest value of a picture of more than 8 bits; 0: it has 8 bits.
        traits: What will be done to it, in the words of `TRAITS`.
    """

    size: tuple[int, int]
    is_grey: bool
    highest: int = 0
    traits: tuple[str, ...] = ()


TRAITS = {
    "animated": "animations: the first picture of each was taken",
    "transparent": "transparent parts: laid on white",
    "palette": "colours from a palette: written out",
    "cmyk": "colours for print (CMYK): converted to red, green and blue",
    "turned": "turned by the camera (EXIF): set upright",
}
"""What is noted, after the number of pictures that have it."""


def pillow() -> Any:  # noqa: ANN401
    """The module `PIL.Image`.

    Raises:
        MissingExtraError: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtraError(
            "picture files need Pillow, which is not installed",
            do="pip install 'guanyao[images]'",
            code="missing_extra.images",
        ) from error
    return Image


def head(data: Encoded) -> Head:
    """What the picture says of itself; its pixels are only decoded if it has more than 8 bits.

    Args:
        data: The file, or its bytes.

    Raises:
        DataError: It is empty, damaged, no picture, or too large.
        MissingExtraError: Pillow is not installed.
    """
    with _opened(data) as image:
        height, width = image.height, image.width
        orientation = _orientation(image)
        if orientation in TURNED:
            height, width = width, height
        deep = _is_deep(image)
        return Head(
            size=(height, width),
            is_grey=deep or image.mode in GREY,
            highest=_highest(image) if deep else 0,
            traits=tuple(_traits(image, orientation)),
        )


def decode(data: Encoded, *, size: tuple[int, int], channels: int, highest: int = 0) -> Pixels:
    """The pixels of one picture in this size, shape (height, width, channels).

    Args:
        data: The file, or its bytes.
        size: Height and width in pixels.
        channels: 1 for grey, 3 for red, green and blue.
        highest: The highest value of all pictures of more than 8 bits.

    Raises:
        DataError: It is empty, damaged, no picture, or too large.
        MissingExtraError: Pillow is not installed.
    """
    with _opened(data) as image:
        _draft(image, size)
        plain = _plain(_upright(image), channels, highest)
        fitted = _fitted(plain, size)
        return np.asarray(fitted, dtype=np.uint8).reshape(*size, channels)


def resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Pictures brought to another size, smoothly: scaled to cover it, then cut around the centre.

    Args:
        pixels: Shape (n, height, width, channels).
        size: Height and width in pixels.

    Raises:
        MissingExtraError: Pillow is not installed.
    """
    image, channels = pillow(), pixels.shape[3]
    made = np.empty((len(pixels), *size, channels), dtype=np.uint8)
    for place, picture in enumerate(pixels):
        one = image.fromarray(picture[..., 0] if channels == 1 else np.ascontiguousarray(picture))
        made[place] = np.asarray(_fitted(one, size)).reshape(*size, channels)
    return made


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps Pillow from warning of what is refused, or noted, by our own rules."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _opened(data: Encoded) -> Iterator["Image.Image"]:
    """The picture, while it is open; whatever goes wrong with it is one clear error."""
    image = pillow()
    try:
        if not (len(data) if isinstance(data, bytes) else data.stat().st_size):
            raise _unusable("empty")
        source = io.BytesIO(data) if isinstance(data, bytes) else data
        with image.open(source, formats=KINDS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise _too_large()
            yield opened
    except (GuanyaoError, MemoryError):
        raise
    except image.DecompressionBombError as error:
        raise _too_large() from error
    except image.UnidentifiedImageError as error:
        raise _unusable("no picture of a known kind") from error
    except Exception as error:  # decoders raise errors of all kinds over a damaged file
        is_of_the_system = isinstance(error, OSError) and error.errno is not None
        raise _unusable("not to be opened" if is_of_the_system else "damaged or cut off") from error


def _too_large() -> DataError:
    return _unusable(f"of more than {MAX_PIXELS // 10**6} million pixels")


def _unusable(how: str) -> DataError:
    return DataError(how, code="data.picture")


def _orientation(image: "Image.Image") -> int:
    # Asking a PNG for EXIF data that it has not would decode all of it.
    if image.format == "PNG" and "exif" not in image.info:
        return 1
    return int(image.getexif().get(ORIENTATION, 1) or 1)


def _is_deep(image: "Image.Image") -> bool:
    return image.mode.startswith("I")


def _highest(image: "Image.Image") -> int:
    return int(np.asarray(image).max())


def _traits(image: "Image.Image", orientation: int) -> Iterator[str]:
    if getattr(image, "is_animated", False):
        yield "animated"
    if image.has_transparency_data:
        yield "transparent"
    if image.mode in ("P", "PA"):
        yield "palette"
    if image.mode == "CMYK":
        yield "cmyk"
    if orientation > 1:
        yield "turned"


def _draft(image: "Image.Image", size: tuple[int, int]) -> None:
    """Lets JPEG decode at a fraction of its size, where that still covers twice what is wanted."""
    if image.format == "JPEG" and image.mode in ("L", "RGB"):
        image.draft(image.mode, (2 * max(size), 2 * max(size)))


def _upright(image: "Image.Image") -> "Image.Image":
    from PIL import ImageOps

    image.load()
    return ImageOps.exif_transpose(image)


def _plain(image: "Image.Image", channels: int, highest: int) -> "Image.Image":
    """The picture in 8 bits, of one channel or of three."""
    mode = "L" if channels == 1 else "RGB"
    if _is_deep(image):
        values = np.asarray(image, dtype=np.float64) * scale_of(highest)
        image = pillow().fromarray(np.rint(values).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = _on_white(image)
    return image if image.mode == mode else image.convert(mode)


def _on_white(image: "Image.Image") -> "Image.Image":
    full = image.convert("RGBA")
    white = pillow().new("RGBA", full.size, (255, 255, 255, 255))
    laid: Image.Image = pillow().alpha_composite(white, full)
    return laid.convert("RGB")


def _fitted(image: "Image.Image", size: tuple[int, int]) -> "Image.Image":
    from PIL import Image, ImageOps

    wanted = (size[1], size[0])
    if image.size == wanted:
        return image
    return ImageOps.fit(image, wanted, method=Image.Resampling.BICUBIC)
