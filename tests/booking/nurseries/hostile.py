"""Two hundred files that no family sends: what a scanner, a telephone or somebody with ideas could upload.

The same on every run. Each is (name of the file, its bytes, what it is). `EVIL` stands in whatever must not be kept.
"""

import random
import zlib
from collections.abc import Iterator
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image
from pillow_heif import from_pillow

EVIL = b"EVIL-7f3a"
_TEXT = EVIL.decode()
Hostile = tuple[str, bytes, str]


def picture(format: str, size: tuple[int, int] = (640, 480), **options: object) -> bytes:
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    out = BytesIO()
    image.save(out, format, **options)  # type: ignore[arg-type]
    return out.getvalue()


def heic(size: tuple[int, int] = (320, 240)) -> bytes:
    out = BytesIO()
    from_pillow(Image.new("RGB", size, "teal")).save(out, quality=50)
    return out.getvalue()


def pdf(pages: int = 1, **save: object) -> bytes:
    with pikepdf.new() as made:
        for number in range(pages):
            made.add_blank_page(page_size=(595, 842))
            content = f"BT /F1 24 Tf 50 700 Td (page {number}) Tj ET".encode()
            page = made.pages[-1]
            page.obj.Contents = made.make_stream(content)
            font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
            page.obj.Resources = Dictionary(Font=Dictionary(F1=made.make_indirect(font)))
        out = BytesIO()
        made.save(out, **save)  # type: ignore[arg-type]
    return out.getvalue()


def changed(change: object) -> bytes:
    """A good PDF with something put into it."""
    with pikepdf.open(BytesIO(pdf())) as opened:
        change(opened)  # type: ignore[operator]
        out = BytesIO()
        opened.save(out)
    return out.getvalue()


def hostile_files() -> list[Hostile]:
    found = [*_scripts(), *_bombs(), *_polyglots(), *_locked()]
    chance = random.Random(11)
    good = [
        ("a.pdf", pdf()),
        ("a.jpg", picture("JPEG")),
        ("a.png", picture("PNG")),
        ("a.heic", heic()),
    ]
    number = 0
    while len(found) < 200:
        name, data = good[number % len(good)]
        number += 1
        if number % 2:
            found.append((name, data[: chance.randrange(1, len(data))], "cut short"))
            continue
        broken = bytearray(data)
        for _byte in range(chance.randrange(1, 60)):
            broken[chance.randrange(4, len(broken))] = chance.randrange(256)
        found.append((name, bytes(broken), "bytes changed"))
    return found


def _scripts() -> Iterator[Hostile]:
    action = Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{_TEXT}')"))
    launch = Dictionary(S=Name.Launch, F=String(f"/bin/sh {_TEXT}"))
    uri = Dictionary(S=Name.URI, URI=String(f"http://{_TEXT}/"))

    def opening(made: pikepdf.Pdf) -> None:
        made.Root.OpenAction = action

    def on_page(made: pikepdf.Pdf) -> None:
        made.pages[0].obj.AA = Dictionary(O=action, C=launch)

    def by_name(made: pikepdf.Pdf) -> None:
        made.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("x"), action])))

    def attached(made: pikepdf.Pdf) -> None:
        made.attachments["evil.exe"] = pikepdf.AttachedFileSpec(made, EVIL * 50, filename="evil.exe")

    def form(made: pikepdf.Pdf) -> None:
        field = Dictionary(
            FT=Name.Tx, T=String(_TEXT), V=String(_TEXT), Subtype=Name.Widget, Rect=[0, 0, 9, 9], AA=action
        )
        shared = made.make_indirect(field)
        made.Root.AcroForm = Dictionary(Fields=Array([shared]), XFA=made.make_stream(EVIL))
        made.pages[0].obj.Annots = Array([shared])

    def metadata(made: pikepdf.Pdf) -> None:
        made.docinfo["/Author"] = _TEXT
        made.Root.Metadata = made.make_stream(b"<x>" + EVIL + b"</x>", Type=Name.Metadata, Subtype=Name.XML)
        made.pages[0].obj.Metadata = made.make_stream(EVIL)
        made.pages[0].obj.PieceInfo = Dictionary(X=String(_TEXT))

    def foreign(made: pikepdf.Pdf) -> None:
        made.pages[0].obj.Contents = made.make_stream(b"", F=String(f"/etc/passwd{_TEXT}"))

    def associated(made: pikepdf.Pdf) -> None:
        made.pages[0].obj.AF = Array([Dictionary(Type=Name.Filespec, F=String(_TEXT))])
        made.pages[0].obj.Resources.XObject = Dictionary(
            X=made.make_stream(
                b"", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 1, 1], Metadata=made.make_stream(EVIL)
            )
        )

    for number, act in enumerate((action, launch, uri)):

        def annotated(made: pikepdf.Pdf, act: Dictionary = act) -> None:
            link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 595, 842], A=act)
            made.pages[0].obj.Annots = Array([made.make_indirect(link)])

        yield f"link{number}.pdf", changed(annotated), "script"
    for change in (opening, on_page, by_name, attached, form, metadata, foreign, associated):
        yield f"{change.__name__}.pdf", changed(change), "script"
    for text in (
        b"<svg onload=alert(1)>" + EVIL,
        b"<html><script>" + EVIL,
        b"#!/bin/sh\n" + EVIL,
        b"MZ" + EVIL,
        b"%!PS " + EVIL,
    ):
        for name in ("a.pdf", "a.jpg", "a.svg", "a"):
            yield name, text, "script"
    exif = Image.Exif()
    exif[0x010E] = _TEXT
    yield "exif.jpg", picture("JPEG", exif=exif, comment=EVIL), "script"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png_of(width: int, height: int, packed: bytes) -> bytes:
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _zeros(length: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join([*(packer.compress(bytes(1_000_000)) for _part in range(length // 1_000_000)), packer.flush()])


def _bombs() -> Iterator[Hostile]:
    big = _zeros(100_000_000)
    twice = zlib.compress(big, 9)
    yield "30000.png", png_of(30_000, 30_000, zlib.compress(b"")), "bomb"
    yield "most.png", png_of(2**31 - 1, 2**31 - 1, b""), "bomb"
    yield "text.png", png_of(8, 8, b"")[:-12] + _chunk(b"zTXt", b"x\0\0" + big), "bomb"
    header = bytearray(picture("JPEG"))
    at = header.index(b"\xff\xc0") + 5
    header[at : at + 4] = (65_500).to_bytes(2, "big") * 2
    yield "wide.jpg", bytes(header), "bomb"

    def content(made: pikepdf.Pdf) -> None:
        made.pages[0].obj.Contents = made.make_stream(b"")
        made.pages[0].obj.Contents.write(big, filter=Name.FlateDecode)

    def content_twice(made: pikepdf.Pdf) -> None:
        made.pages[0].obj.Contents.write(twice, filter=Array([Name.FlateDecode, Name.FlateDecode]))

    def image(made: pikepdf.Pdf) -> None:
        drawn = made.make_stream(b"", Type=Name.XObject, Subtype=Name.Image, Width=40_000, Height=40_000)
        made.pages[0].obj.Resources.XObject = Dictionary(I=drawn)

    for change in (content, content_twice, image):
        yield f"{change.__name__}.pdf", changed(change), "bomb"
    objects = b"1 0 obj\n<</Type/ObjStm/N 1/First 5/Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n" % (
        len(big),
        big,
    )
    yield "objects.pdf", b"%PDF-1.7\n" + objects + b"trailer<</Root 2 0 R>>\nstartxref\n9\n%%EOF", "bomb"
    yield "nested.pdf", b"%PDF-1.4\n1 0 obj\n" + b"[" * 200_000 + b"\nendobj\ntrailer<</Root 1 0 R>>", "bomb"
    yield "pages.pdf", pdf(21), "bomb"
    loop = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 9/Kids[2 0 R]>>endobj\n"
    yield "loop.pdf", loop + b"trailer<</Root 1 0 R>>", "bomb"


def _polyglots() -> Iterator[Hostile]:
    archive = b"PK\x03\x04" + EVIL + b"PK\x05\x06" + bytes(18)
    good = {"jpg": picture("JPEG"), "png": picture("PNG"), "pdf": pdf(), "heic": heic()}
    for end, data in good.items():
        yield f"zip.{end}", data + archive, "polyglot"
        yield f"html.{end}", data + b"<script>" + EVIL + b"</script>", "polyglot"
        yield f"first.{end}", archive + data, "polyglot"
        for other in good:
            if other != end:
                yield f"named.{other}", data, "polyglot"
                yield f"both.{end}", data + good[other] + EVIL, "polyglot"
    yield "gifar.jpg", b"GIF89a" + archive, "polyglot"
    yield "bmp.png", picture("BMP"), "polyglot"
    yield "tiff.jpg", picture("TIFF"), "polyglot"
    yield "empty.pdf", b"", "polyglot"
    yield "empty", b"", "polyglot"


def _locked() -> Iterator[Hostile]:
    yield "locked.pdf", pdf(encryption=pikepdf.Encryption(owner="o", user="u")), "locked"
    yield "owned.pdf", pdf(encryption=pikepdf.Encryption(owner="o", user="")), "locked"
