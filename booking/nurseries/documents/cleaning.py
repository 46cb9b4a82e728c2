"""A family's document made harmless: photographs drawn anew, of a PDF its pages alone. Nothing is written to disk.

`clean` takes the bytes as they came and gives bytes that hold what one sees and nothing else: no metadata, no script,
no form, no attachment. What is not what its name says, is locked, or would unpack to more than a page ever holds, is
refused with a sentence that says what to do.
"""

import re
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf.settings import set_qpdf_limits
from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

from booking.nurseries.documents.apart import Clean
from booking.nurseries.documents.refusals import (
    JPEG,
    MOST_BYTES,
    PDF,
    DocumentRefused,
    Explodes,
    Locked,
    TooBig,
    TooManyPages,
    TooManyPixels,
    UnknownFormat,
    WrongName,
)

MOST_PAGES = 20
#: The longer side of what is kept: enough to read a page of small print.
LONGEST_SIDE = 2200
#: What telephones take in ten megabytes. A JPEG is unpacked to a fraction of its size, others whole.
MOST_PIXELS = {"jpeg": 120_000_000, "png": 50_000_000, "heif": 50_000_000}
#: What a stream of a page may unpack to.
MOST_UNPACKED = 64 * 1024 * 1024
MOST_OBJECTS = 20_000
#: Parts of a page that are written inside of each other.
DEEPEST = 30
QUALITY = 82
#: Of a page, what is seen. Actions, comments, forms, attachments and thumbnails hang on other names.
_SEEN = frozenset(("/Type", "/MediaBox", "/CropBox", "/Rotate", "/Resources", "/Contents", "/UserUnit", "/Group"))
#: What may hang on any part of a page and is not seen.
_UNSEEN = (
    "/AA",
    "/AF",
    "/EF",
    "/Metadata",
    "/PieceInfo",
    "/JS",
    "/JavaScript",
    "/OPI",
    "/Ref",
    "/Alternates",
    "/LastModified",
)
_BY_NAME = {"pdf": "pdf", "jpg": "jpeg", "jpeg": "jpeg", "png": "png", "heic": "heif", "heif": "heif"}
_PILLOW = {"jpeg": ("JPEG",), "png": ("PNG",), "heif": ("HEIF",)}

#: Where the next part of a JPEG begins: any marker but those within the coded points.
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
_LAST_MARKER = 0xD9
#: Parts in which a telephone writes where and when it stood; of these the fourteenth says what the colours mean.
_NOTES = frozenset((*range(0xE1, 0xF0), 0xFE)) - {0xEE}

register_heif_opener(thumbnails=False)
set_qpdf_limits(
    doc_max_warnings=200,
    dct_max_memory=MOST_UNPACKED,
    flate_max_memory=MOST_UNPACKED,
    png_max_memory=MOST_UNPACKED,
    run_length_max_memory=MOST_UNPACKED,
    tiff_max_memory=MOST_UNPACKED,
)


def clean(data: bytes, name: str = "") -> Clean:
    """What one sees of a document, as new bytes. `name` is the file's own. Raises DocumentRefused."""
    if len(data) > MOST_BYTES:
        raise TooBig
    kind = _kind_of(data)
    claimed = _BY_NAME.get(name.rpartition(".")[2].lower())
    if not kind:
        raise WrongName if claimed and data else UnknownFormat
    if claimed and claimed != kind:
        raise WrongName
    try:
        return _pages(data) if kind == "pdf" else _picture(data, kind)
    except DocumentRefused:
        raise
    except MemoryError as problem:
        raise Explodes from problem
    # A hostile file raises whatever it likes in the libraries; nothing of it is kept, and the person is told the same.
    except Exception as problem:
        raise DocumentRefused from problem


def _kind_of(data: bytes) -> str:
    """By its first bytes, whatever it calls itself; empty for what we do not take."""
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"):
        return "heif"
    return ""


def _picture(data: bytes, kind: str) -> Clean:
    try:
        return _drawn(data, kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise TooManyPixels from problem


def _drawn(data: bytes, kind: str) -> Clean:
    with Image.open(BytesIO(data), formats=_PILLOW[kind]) as opened:
        width, height = opened.size
        # Refused by what the header says, before a point is unpacked.
        if width * height > MOST_PIXELS[kind] or not (width and height):
            raise TooManyPixels
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        opened.load()
        opened.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(opened)
        if upright.mode == "I;16":
            # Greys of sixteen bits: whatever is not nearly black would be cut to white.
            upright = upright.point(lambda grey: grey * (1 / 256)).convert("L")
        drawn = Image.new("RGB", upright.size, "white")
        if upright.has_transparency_data:
            with_alpha = upright.convert("RGBA")
            drawn.paste(with_alpha, mask=with_alpha.getchannel("A"))
        else:
            drawn.paste(upright.convert("RGB"))
    out = BytesIO()
    drawn.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Clean(out.getvalue(), JPEG, 1)


def _pages(data: bytes) -> Clean:
    try:
        opened = pikepdf.open(BytesIO(data))
    except pikepdf.PasswordError as problem:
        raise Locked from problem
    with opened, pikepdf.new() as saved:
        if opened.is_encrypted:
            raise Locked
        if len(opened.pages) > MOST_PAGES:
            raise TooManyPages
        if not len(opened.pages):
            raise DocumentRefused
        for page in opened.pages:
            saved.pages.append(page)
        for page in saved.pages:
            for key in [key for key in page.obj if key not in _SEEN]:
                del page.obj[key]  # type: ignore[call-overload]
        saved.remove_unreferenced_resources()
        _without_unseen(saved)
        out = BytesIO()
        saved.save(out, deterministic_id=True)
    content = out.getvalue()
    if len(content) > MOST_BYTES:
        raise TooBig
    # What was dropped from the pages is written no more: what is left is judged as it will be opened.
    with pikepdf.open(BytesIO(content)) as again:
        _bearable(again)
        return Clean(content, PDF, len(again.pages))


def _without_unseen(pdf: pikepdf.Pdf) -> None:
    if len(pdf.objects) > MOST_OBJECTS:
        raise Explodes
    for found in pdf.objects:
        if isinstance(found, pikepdf.Stream):
            for key in ("/F", "/FFilter", "/FDecodeParms"):
                if key in found.stream_dict:
                    del found.stream_dict[key]
            _without_notes_of_a_photograph(found)
            _drop_unseen(found.stream_dict)
        else:
            _drop_unseen(found)


def _drop_unseen(found: pikepdf.Object, depth: int = 0) -> None:
    """In an object and in all that is written inside of it; what it refers to is an object of its own."""
    if depth > DEEPEST:
        raise Explodes
    if isinstance(found, pikepdf.Dictionary):
        for key in _UNSEEN:
            if key in found:
                del found[key]
        inside = list(found.values())
    else:
        inside = list(found) if isinstance(found, pikepdf.Array) else []
    for one in inside:
        if isinstance(one, pikepdf.Dictionary | pikepdf.Array) and not one.is_indirect:
            _drop_unseen(one, depth + 1)


def _without_notes_of_a_photograph(found: pikepdf.Stream) -> None:
    """A photograph on a page is a whole JPEG, with all that the telephone wrote into it."""
    said = found.stream_dict
    filters, parts = (_listed(said.get(key)) for key in ("/Filter", "/DecodeParms"))
    if not filters or filters[-1] != pikepdf.Name.DCTDecode:
        return
    last = parts[-1] if len(parts) == len(filters) else None
    # Packed once more: read as if that were all.
    said.Filter, said.DecodeParms = pikepdf.Array(filters[:-1]), pikepdf.Array(parts[: len(filters) - 1])
    jpeg = found.read_bytes() if len(filters) > 1 else found.read_raw_bytes()
    found.write(without_notes(jpeg), filter=pikepdf.Name.DCTDecode, decode_parms=last)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, pikepdf.Array) else [value]


def without_notes(jpeg: bytes) -> bytes:
    """The same picture, point by point, and nothing that is not of it; what is no JPEG as it is."""
    if not jpeg.startswith(b"\xff\xd8"):
        return jpeg
    kept, at = [jpeg[:2]], 2
    while found := _MARKER.search(jpeg, at):
        kept.append(jpeg[at : found.start()])
        marker, begins = found[1][0], found.end()
        if marker == _LAST_MARKER:
            return b"".join((*kept, b"\xff\xd9"))
        at = begins + int.from_bytes(jpeg[begins : begins + 2], "big")
        if marker not in _NOTES:
            kept.append(b"\xff" + jpeg[begins - 1 : at])
    return b"".join((*kept, jpeg[at:]))


def _bearable(pdf: pikepdf.Pdf) -> None:
    """Raises Explodes where a stream unpacks to more than a page holds, by what it says or by unpacking it."""
    unpacked = 0
    for found in pdf.objects:
        if not isinstance(found, pikepdf.Stream):
            continue
        said = found.stream_dict
        if said.get("/Subtype") == pikepdf.Name.Image:
            if int(said.get("/Width", 0)) * int(said.get("/Height", 0)) > MOST_PIXELS["jpeg"]:
                raise TooManyPixels
            continue
        try:
            unpacked += len(found.read_bytes())
        except pikepdf.PdfError as problem:
            raise Explodes from problem
        if unpacked > MOST_UNPACKED:
            raise Explodes
