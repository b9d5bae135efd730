"""Checks of the files that a device hands out: each is what its name says, and can be read to its end."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import PurePosixPath

from conformance.catalogue.json_types import Json
from conformance.catalogue.model import Keyword
from conformance.checks.result import Result
from conformance.rules.verdict import Finding

__all__ = ["DECODER_LIMITS", "opens", "picture_size", "pictures_apart"]

DECODER_LIMITS = {"max_pixels": "40000000"}
"""Options of a video decoder: it refuses pictures that are much larger than 8,192 x 4,320 pixels, because decoding them
could take all memory.
"""

_LARGEST_PIXELS = 40_000_000

_ARCHIVES = frozenset({".gz", ".tgz", ".tar"})
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp"})
_VIDEOS = frozenset({".h264", ".264", ".h265", ".mp4", ".avi", ".mkv", ".ts", ".flv", ".mov"})


def opens(url: str, body: bytes) -> Result:
    """The file at `url` has content and opens as what its ending says: an archive, a picture, a video, JSON.

    The document names no form for videos: a video that cannot be decoded violates only a SHOULD.
    """
    result = Result("a file that is what its name says", f"{len(body)} bytes")
    ending = PurePosixPath(url).suffix.lower()
    if not body:
        result.fail("a file with content", "0 bytes", "download")
    elif ending in _ARCHIVES:
        _archive(body, result)
    elif ending in _PICTURES:
        picture_size(body, result)
    elif ending == ".json":
        _document(body, result)
    elif ending in _VIDEOS:
        _video(body, ending, result)
    return result


def pictures_apart(picture: bytes, rgba: bytes, size: tuple[Json, Json]) -> float | None:
    """The average difference between the colours of a picture and of raw RGBA pixels of `size` (width, height), in
    levels (0 to 255). Both are scaled down first. None where one of them is no picture.
    """
    from PIL import Image, ImageChops, ImageStat

    small = (64, 48)
    try:
        raw = Image.frombytes("RGBA", size, rgba).convert("RGB").resize(small)
        with Image.open(io.BytesIO(picture)) as image:
            if image.width * image.height > _LARGEST_PIXELS:
                return None
            shown = image.convert("RGB").resize(small)
    except (OSError, ValueError, TypeError, SyntaxError, Image.DecompressionBombError):
        return None
    return float(sum(ImageStat.Stat(ImageChops.difference(raw, shown)).mean)) / 3


def picture_size(body: bytes, result: Result) -> tuple[int, int] | None:
    """Width and height in pixels of a picture that decodes to its last line; otherwise None, with a finding in
    `result`.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(body)) as image:
            if image.width * image.height > _LARGEST_PIXELS:
                result.fail("a picture of a sane size", f"{image.width} x {image.height} pixels", "picture")
                return None
            image.load()
            return image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        result.fail("a picture that decodes", f"{len(body)} bytes: {error}", "picture")
        return None


def _document(body: bytes, result: Result) -> None:
    try:
        json.loads(body)
    except (ValueError, RecursionError) as error:
        result.fail("a file of valid JSON", f"{len(body)} bytes: {error}", "download")


def _archive(body: bytes, result: Result) -> None:
    try:
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            archive.getmembers()
    except (tarfile.TarError, EOFError, OSError) as error:
        result.fail("an archive that opens", f"{len(body)} bytes: {error}", "download")


def _video(body: bytes, ending: str, result: Result) -> None:
    import av

    problem = "no picture"
    try:
        # A file of bare access units has no header that would tell its format.
        form = {".h264": "h264", ".264": "h264", ".h265": "hevc"}.get(ending)
        with av.open(io.BytesIO(body), "r", format=form, options=DECODER_LIMITS) as container:
            container.streams.video[0].codec_context.options = dict(DECODER_LIMITS)
            if next(container.decode(video=0), None) is not None:
                return
    except (av.FFmpegError, IndexError) as error:
        problem = str(error)
    found = f"{len(body)} bytes: {problem}"
    result.findings.append(Finding("a video that decodes", found, keyword=Keyword.SHOULD, check="video"))
