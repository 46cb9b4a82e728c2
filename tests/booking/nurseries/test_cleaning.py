"""What families send is drawn anew or refused with a sentence; nothing else of it is kept."""

from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from booking.nurseries.documents.cleaning import LONGEST_SIDE, clean
from booking.nurseries.documents.refusals import (
    JPEG,
    MOST_BYTES,
    PDF,
    DocumentRefused,
    Locked,
    TooBig,
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
