"""What families send is drawn anew or refused with a sentence; nothing else of it is kept."""

import json
import resource
import zlib
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest
from PIL import Image

from booking.nurseries.documents import apart, child
from booking.nurseries.documents.apart import clean_apart
from booking.nurseries.documents.cleaning import LONGEST_SIDE, clean
from booking.nurseries.documents.refusals import (
    JPEG,
    MOST_BYTES,
    PDF,
    DocumentRefused,
    Explodes,
    Locked,
    TooBig,
    TooManyAtOnce,
    TooManyPages,
    TooManyPixels,
    UnknownFormat,
    WrongName,
)
from tests.booking.nurseries.hostile import EVIL, heic, hostile_files, pdf, picture, png_of


def test_a_photograph_is_drawn_anew_and_upright_without_what_the_telephone_wrote() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "a telephone"
    done = clean(picture("JPEG", (4000, 3000), exif=exif), "Photo.JPG")
    assert done.media_type == JPEG
    with Image.open(BytesIO(done.content)) as drawn:
        assert drawn.size == (1650, LONGEST_SIDE)
        assert not dict(drawn.getexif())
    assert b"telephone" not in done.content


@pytest.mark.parametrize(("name", "data"), [("a.png", picture("PNG")), ("IMG_1.HEIC", heic())])
def test_other_pictures_become_the_same_kind(name: str, data: bytes) -> None:
    done = clean(data, name)
    assert done.media_type == JPEG
    assert done.content.startswith(b"\xff\xd8\xff")


def test_the_pages_of_a_pdf_are_saved_anew() -> None:
    done = clean(pdf(3), "attestation.pdf")
    assert (done.media_type, done.pages) == (PDF, 3)
    with pikepdf.open(BytesIO(done.content)) as again:
        assert b"page 2" in again.pages[2].Contents.read_bytes()
        assert again.pages[0].Resources.Font.F1.BaseFont == pikepdf.Name.Helvetica
        assert set(again.Root.keys()) == {"/Type", "/Pages"}


def photographs_on_a_page(*jpegs: bytes) -> bytes:
    """As an application that makes a PDF of photographs writes it; the second one is packed once more."""
    with pikepdf.new() as made:
        made.add_blank_page()
        drawn = pikepdf.Dictionary()
        for number, jpeg in enumerate(jpegs):
            one = made.make_stream(jpeg if not number else zlib.compress(jpeg))
            name = pikepdf.Name.DCTDecode
            one.stream_dict.Filter = name if not number else pikepdf.Array([pikepdf.Name.FlateDecode, name])
            one.stream_dict.Type, one.stream_dict.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
            one.stream_dict.Width, one.stream_dict.Height, one.stream_dict.BitsPerComponent = 40, 30, 8
            one.stream_dict.ColorSpace = pikepdf.Name.DeviceRGB
            drawn[f"/P{number}"] = one
        made.pages[0].obj.Resources = pikepdf.Dictionary(XObject=drawn)
        made.pages[0].obj.Contents = made.make_stream(b"/P0 Do /P1 Do")
        out = BytesIO()
        made.save(out)
        return out.getvalue()


@pytest.mark.parametrize("progressive", [False, True])
def test_a_photograph_on_a_page_of_a_pdf_loses_what_the_telephone_wrote(progressive: bool) -> None:
    exif = Image.Exif()
    exif[0x010F] = "a telephone"
    jpeg = picture("JPEG", (40, 30), exif=exif, comment=b"at home", progressive=progressive) + b"a second picture"
    done = clean(photographs_on_a_page(jpeg, jpeg), "scan.pdf")
    with pikepdf.open(BytesIO(done.content)) as again:
        photographs = list(again.pages[0].Resources.XObject.values())
        assert len(photographs) == 2
        for one in photographs:
            kept = one.read_raw_bytes()
            assert not any(word in kept for word in (b"telephone", b"at home", b"second"))
            with Image.open(BytesIO(kept)) as now, Image.open(BytesIO(jpeg)) as before:
                assert now.tobytes() == before.tobytes()


def test_an_attachment_that_hangs_on_a_part_of_a_page_is_dropped() -> None:
    with pikepdf.new() as made:
        made.add_blank_page()
        inside = made.make_stream(b"attached", Type=pikepdf.Name.EmbeddedFile)
        layer = pikepdf.Dictionary(Type=pikepdf.Name.OCG, EF=pikepdf.Dictionary(F=inside))
        made.pages[0].obj.Resources = pikepdf.Dictionary(Properties=pikepdf.Dictionary(P=layer))
        out = BytesIO()
        made.save(out)
    assert b"EmbeddedFile" in out.getvalue()
    assert b"EmbeddedFile" not in clean(out.getvalue(), "a.pdf").content


def test_a_scan_in_greys_of_sixteen_bits_does_not_become_a_white_page() -> None:
    """From black on the left to white on the right."""
    scan = Image.frombytes("I;16", (256, 8), b"".join(bytes((0, level)) for _row in range(8) for level in range(256)))
    out = BytesIO()
    scan.save(out, "PNG")
    with Image.open(BytesIO(clean(out.getvalue(), "scan.png").content)) as drawn:
        greys = [drawn.convert("L").getpixel((at, 4)) for at in (1, 128, 254)]
    assert [round(grey / 8) for grey in greys] == [0, 16, 32]


@pytest.mark.parametrize(
    ("name", "data", "refusal"),
    [
        ("a.jpg", pdf(), WrongName),
        ("a.pdf", b"<html>", WrongName),
        ("a.docx", b"PK\x03\x04", UnknownFormat),
        ("a.pdf", pdf(encryption=pikepdf.Encryption(owner="o", user="u")), Locked),
        ("a.pdf", pdf(21), TooManyPages),
        ("a.png", png_of(30_000, 30_000, b""), TooManyPixels),
        ("a.jpg", bytes(MOST_BYTES + 1), TooBig),
    ],
    ids=["pdf as jpeg", "html as pdf", "word", "locked", "pages", "pixels", "bytes"],
)
def test_what_cannot_be_taken_is_told_apart(name: str, data: bytes, refusal: type[DocumentRefused]) -> None:
    with pytest.raises(refusal) as told:
        clean(data, name)
    assert str(told.value).endswith(".")


def test_of_two_hundred_hostile_files_nothing_is_kept_but_clean_pages() -> None:
    files = hostile_files()
    assert len(files) == 200
    taken: dict[str, int] = {}
    for name, data, what in files:
        try:
            done = clean(data, name)
        except DocumentRefused as refusal:
            assert str(refusal)
            continue
        taken[what] = taken.get(what, 0) + 1
        assert EVIL not in done.content, (name, what)
        if done.media_type == JPEG:
            with Image.open(BytesIO(done.content), formats=["JPEG"]) as drawn:
                assert max(drawn.size) <= LONGEST_SIDE
                assert set(drawn.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            continue
        with pikepdf.open(BytesIO(done.content)) as again:
            assert set(again.Root.keys()) == {"/Type", "/Pages"}
            for found in again.objects:
                if isinstance(found, pikepdf.Dictionary):
                    assert not {"/AA", "/JS", "/Annots", "/AF", "/Metadata", "/OpenAction"} & set(found.keys())
                elif isinstance(found, pikepdf.Stream):
                    assert EVIL not in found.read_raw_bytes()
                    assert not {"/F", "/Metadata"} & set(found.stream_dict.keys())
    # Scripts are taken off and their pages kept; a bomb is never taken.
    assert taken["script"] >= 10
    assert taken.get("bomb", 0) <= 1


# -- in a process of its own


def a_page_with(inside: bytes) -> bytes:
    """A sound PDF of one page, written by hand: a library would need as much memory to make it as to read it."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Z " + inside + b">>>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(b"%010d 00000 n \n" % len(out))
        out += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    table = b"xref\n0 4\n0000000000 65535 f \n" + b"".join(places)
    return out + table + b"trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)


def test_a_file_that_asks_for_gigabytes_takes_none_of_ours() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Explodes):
        clean_apart(a_page_with(b"[" + (b"[" + b"1 " * 9000 + b"]") * 500 + b"]"), "a.pdf")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_what_the_child_gives_back_is_what_cleaning_gives() -> None:
    for name, data in (("a.jpg", picture("JPEG")), ("a.pdf", pdf(2))):
        assert clean_apart(data, name) == clean(data, name)
    for name, data, refusal in (("a.pdf", picture("JPEG"), WrongName), ("\0\ud800.jpg", bytes(9), WrongName)):
        with pytest.raises(refusal):
            clean_apart(data, name)
    with pytest.raises(TooBig):
        clean_apart(bytes(MOST_BYTES + 1))


@pytest.mark.true_clock
def test_a_child_that_dies_is_a_file_that_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    real = apart.subprocess.run

    def instead(does: str) -> None:
        monkeypatch.setattr(apart.subprocess, "run", lambda _program, **facts: real(["/bin/sh", "-c", does], **facts))

    for does, refusal in (("kill -KILL $$", Explodes), ("exit 3", DocumentRefused)):
        instead(does)
        with pytest.raises(refusal):
            clean_apart(b"x")
    monkeypatch.setattr(apart, "PATIENCE", 0.2)
    instead("while :; do :; done")
    with pytest.raises(Explodes):
        clean_apart(b"x")
    monkeypatch.setattr(apart, "WAIT", 0.1)
    with apart._turn, pytest.raises(TooManyAtOnce):
        clean_apart(b"x")


def test_the_child_reads_a_name_and_a_file_and_says_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child.resource, "setrlimit", lambda *_limit: None)

    def said(name: str, data: bytes) -> tuple[dict[str, Any], bytes]:
        out = BytesIO()
        monkeypatch.setattr(
            child.sys, "stdin", SimpleNamespace(buffer=BytesIO(json.dumps(name).encode() + b"\n" + data))
        )
        monkeypatch.setattr(child.sys, "stdout", SimpleNamespace(buffer=out))
        child.main()
        line, _, content = out.getvalue().partition(b"\n")
        return json.loads(line), content

    photograph = picture("JPEG")
    assert said("a.jpg", photograph) == ({"media_type": JPEG, "pages": 1}, clean(photograph).content)
    assert said("a.jpg", photograph[:200]) == ({"refused": "DocumentRefused", "problem": "OSError"}, b"")
