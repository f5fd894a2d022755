"""Picture files: what cameras, editors and accidents make is read rightly or refused in one line."""

import io
import os
import struct
import subprocess
import sys
import zlib
from functools import cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from mien.errors import InputError, OutputError
from mien.media import decoding, pictures
from mien.media.metadata import SOURCE_TYPE, Provenance

PHOTO = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
MADE = Provenance(
    expression='happiness:0.8 <&"é', software="mien 0.1.0", settings_hash="5e77", input_sha256="1d"
)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PATCH = np.s_[20:30, 24:40]


@cache
def colours() -> np.ndarray:
    """(72, 64, 3) uint8, a real face."""
    return np.asarray(Image.open(PHOTO).convert("RGB").resize((64, 75)).crop((0, 0, 64, 72)))


@cache
def deep_colours() -> np.ndarray:
    noise = np.random.default_rng(0).integers(-128, 129, colours().shape)
    return np.clip(colours().astype(np.int32) * 257 + noise, 0, 65535).astype(np.uint16)


def bytes_of(kind: str, image: Image.Image | None = None, **options) -> bytes:
    file = io.BytesIO()
    (image or Image.fromarray(colours())).save(file, kind, **options)
    return file.getvalue()


def read(folder: Path, data: bytes, name: str = "photo.jpg") -> pictures.Picture:
    (folder / name).write_bytes(data)
    return pictures.read(folder / name)


def edited(picture: pictures.Picture) -> pictures.Picture:
    pixels = picture.pixels.copy()
    pixels[PATCH] = 90
    return picture.with_pixels(pixels)


def saved(picture: pictures.Picture, path: Path) -> pictures.Picture:
    return pictures.read(pictures.write(picture, path, provenance=MADE))


def outside() -> np.ndarray:
    mask = np.ones(colours().shape[:2], bool)
    mask[PATCH] = False
    return mask


def complaint(path: Path, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder) -> str:
    with pytest.raises(InputError) as caught:
        pictures.read(path)
    text = str(caught.value)
    assert "\n" not in text and "expected" in text
    assert capfd.readouterr().err == "" and not recwarn.list
    return text


# Reading


def test_a_real_photo_is_read_as_it_is():
    picture = pictures.read(PHOTO)
    assert (picture.pixels == np.asarray(Image.open(PHOTO))).all()
    assert picture.name == "grace_hopper.jpg" and len(picture.sha256) == 64
    picture.pixels[0] = 0  # the caller's own, writable


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_the_content_decides_not_the_name(tmp_path, kind):
    data = bytes_of(kind, lossless=True)
    assert (read(tmp_path, data, "photo.jpg").pixels == colours()).all()


@pytest.mark.parametrize(
    "name", ["-rf.png", "two words.png", "Grüße 😀.png", "a:b.png", os.fsdecode(b"\xff.png")]
)
def test_any_name_is_read_and_written(tmp_path, name):
    picture = read(tmp_path, bytes_of("PNG"), name)
    assert (saved(picture, tmp_path / f"out {name}").pixels == colours()).all()
    assert pictures.printable(name).isprintable()


def turned(upright: np.ndarray, orientation: int) -> np.ndarray:
    """What a camera stores for each EXIF orientation."""
    return {
        1: upright,
        2: upright[:, ::-1],
        3: np.rot90(upright, 2),
        4: upright[::-1],
        5: upright.swapaxes(0, 1),
        6: np.rot90(upright, 1),
        7: np.rot90(upright, 2).swapaxes(0, 1),
        8: np.rot90(upright, -1),
    }[orientation]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_orientation_is_applied_and_reset(tmp_path, kind, orientation):
    tags = Image.Exif()
    tags[274] = orientation
    stored = Image.fromarray(np.ascontiguousarray(turned(colours(), orientation)))
    picture = read(tmp_path, bytes_of(kind, stored, exif=tags, lossless=True))
    assert (picture.pixels == colours()).all()
    again = saved(picture, tmp_path / f"out.{kind.lower()}")
    assert (again.pixels == colours()).all()
    assert Image.open(tmp_path / f"out.{kind.lower()}").getexif()[274] == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_a_jpeg_turns_its_quantisation_too(tmp_path, orientation):
    tags = Image.Exif()
    tags[274] = orientation
    stored = Image.fromarray(np.ascontiguousarray(turned(colours(), orientation)))
    picture = read(tmp_path, bytes_of("JPEG", stored, exif=tags, quality=85, subsampling=0))
    assert np.abs(picture.pixels.astype(int) - colours()).mean() < 6
    once = saved(picture, tmp_path / "out.jpg")
    assert (
        np.abs(once.pixels.astype(int) - picture.pixels).mean() < 0.7
    )  # coded alike, so hardly anything is lost


def test_gray_stays_gray(tmp_path):
    gray = Image.fromarray(colours()).convert("L")
    picture = read(tmp_path, bytes_of("PNG", gray))
    assert (picture.pixels == np.asarray(gray)[..., None]).all()
    for name in ("out.png", "out.tif", "out.bmp", "out.jpg"):
        again = saved(edited(picture), tmp_path / name)
        assert Image.open(tmp_path / name).mode == "L"
        if name != "out.jpg":
            assert (again.pixels == edited(picture).pixels).all()


@pytest.mark.parametrize("name", ["out.png", "out.webp", "out.tiff"])
def test_alpha_comes_back_whole(tmp_path, name):
    alpha = np.random.default_rng(1).integers(0, 256, colours().shape[:2], dtype=np.uint8)
    picture = read(tmp_path, bytes_of("PNG", Image.fromarray(np.dstack([colours(), alpha]))))
    again = saved(edited(picture), tmp_path / name)
    assert (again.pixels == edited(picture).pixels).all()
    assert again.origin.alpha is not None and (again.origin.alpha == alpha).all()


def test_transparent_parts_become_white_where_the_format_has_no_alpha(tmp_path):
    alpha = np.zeros(colours().shape[:2], np.uint8)
    picture = read(tmp_path, bytes_of("PNG", Image.fromarray(np.dstack([colours(), alpha]))))
    assert (saved(picture, tmp_path / "out.bmp").pixels == 255).all()


def test_a_palette_with_a_transparent_colour_becomes_rgba(tmp_path):
    image = Image.fromarray(colours()).quantize(64)
    picture = read(tmp_path, bytes_of("PNG", image, transparency=5))
    expected = np.asarray(image.convert("RGB"))
    again = saved(picture, tmp_path / "out.png")
    assert (again.pixels == expected).all()
    assert (np.asarray(Image.open(tmp_path / "out.png"))[..., 3] == 255 * (np.asarray(image) != 5)).all()


def deep_file(samples: np.ndarray, kind: str) -> bytes:
    """A 16-bit file written by another library; channels in its order, blue first."""
    order = [2, 1, 0, 3][: samples.shape[2]] if samples.shape[2] > 2 else [0]
    return cv2.imencode(kind, samples[..., order])[1].tobytes()


@pytest.mark.parametrize("source", [".png", ".tiff"])
@pytest.mark.parametrize("target", ["out.png", "out.tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_survive(tmp_path, source, target, channels):
    samples = np.dstack([deep_colours(), deep_colours()[..., 0]])[..., :channels]
    picture = read(tmp_path, deep_file(samples, source))
    assert np.abs(picture.pixels - samples[..., : min(channels, 3)] / 257).max() <= 0.501
    saved(edited(picture), tmp_path / target)
    out = np.atleast_3d(np.array(cv2.imread(str(tmp_path / target), cv2.IMREAD_UNCHANGED)))
    out = out[..., [2, 1, 0, 3][:channels]] if channels > 2 else out
    assert out.dtype == np.uint16 and (out[outside()] == samples[outside()]).all()
    assert np.abs(out[PATCH][..., :3].astype(int) - 90 * 257).max() <= 128


def test_sixteen_bit_gray_with_alpha(tmp_path):
    samples = deep_colours()[..., :2].astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], 16, 4, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )
    again = saved(read(tmp_path, data), tmp_path / "out.png")
    assert again.origin.deep is not None and (again.origin.deep == samples).all()


def test_inks_of_unchanged_pixels_stay(tmp_path):
    inks = np.dstack([255 - colours(), colours()[..., 0] // 3])
    picture = read(tmp_path, bytes_of("TIFF", Image.frombytes("CMYK", inks.shape[1::-1], inks.tobytes())))
    again = saved(edited(picture), tmp_path / "out.tif")
    assert again.origin.inks is not None and (again.origin.inks[outside()] == inks[outside()]).all()
    assert np.abs(again.pixels[PATCH].astype(int) - 90).max() <= 1


def test_cmyk_jpeg_as_adobe_writes_it_is_not_a_negative(tmp_path):
    data = bytes_of("JPEG", Image.fromarray(colours()).convert("CMYK"), quality=95)
    assert b"Adobe" in data
    picture = read(tmp_path, data)
    assert np.abs(picture.pixels.astype(int) - colours()).mean() < 6
    again = saved(edited(picture), tmp_path / "out.jpg")
    assert Image.open(tmp_path / "out.jpg").mode == "CMYK"
    assert np.abs(again.pixels.astype(int) - edited(picture).pixels).mean() < 2


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_profile_and_resolution_come_back(tmp_path, kind):
    picture = read(tmp_path, bytes_of(kind, icc_profile=SRGB, dpi=(300, 300)))
    again = saved(picture, tmp_path / f"out.{kind.lower()}")
    assert again.origin.icc == SRGB
    assert kind == "WEBP" or np.allclose(again.origin.dpi or 0, 300, atol=0.1)


def test_deep_png_keeps_profile_and_resolution(tmp_path):
    picture = read(tmp_path, deep_file(deep_colours(), ".png"))
    origin = pictures.replace(picture.origin, icc=SRGB, dpi=(300.0, 300.0))
    again = saved(pictures.replace(picture, origin=origin), tmp_path / "out.png")
    assert again.origin.icc == SRGB and np.allclose(again.origin.dpi or 0, 300, atol=0.1)


# Metadata


@pytest.mark.parametrize("name", ["out.jpg", "out.png", "out.webp", "out.tif"])
def test_outputs_say_what_made_them_and_not_where(tmp_path, name):
    tags = Image.Exif()
    tags[271], tags[272], tags[306] = "Canon", "EOS R5", "2024:05:01 12:00:00"
    tags.get_ifd(0x8769).update({36867: "2024:05:01 12:00:00", 33434: 0.005, 42033: "serial 123"})
    tags.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 0.0)})
    pictures.write(read(tmp_path, bytes_of("JPEG", exif=tags)), tmp_path / name, provenance=MADE)
    assert pictures.provenance_of(tmp_path / name) == MADE.as_dict()
    assert SOURCE_TYPE.encode() in (tmp_path / name).read_bytes()
    assert b"serial" not in (tmp_path / name).read_bytes()
    notes = Image.open(tmp_path / name).getexif()
    assert notes[271] == "Canon" and notes[305] == "mien 0.1.0" and not notes.get_ifd(0x8825)
    assert notes.get_ifd(0x8769)[36867] == "2024:05:01 12:00:00"


def test_a_strangers_picture_has_no_provenance(tmp_path):
    pictures.write(pictures.read(PHOTO), tmp_path / "out.bmp", provenance=MADE)
    assert pictures.provenance_of(PHOTO) == pictures.provenance_of(tmp_path / "out.bmp") == {}


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "bmp"])
def test_same_picture_same_bytes(tmp_path, ending):
    first, second = tmp_path / f"1.{ending}", tmp_path / f"2.{ending}"
    pictures.write(pictures.from_array(colours()), first, provenance=MADE)
    pictures.write(pictures.from_array(colours()), second, provenance=MADE)
    assert first.read_bytes() == second.read_bytes()


def test_a_jpeg_keeps_its_quality(tmp_path):
    once = saved(pictures.read(PHOTO), tmp_path / "out.jpg")
    before, after = Image.open(PHOTO), Image.open(tmp_path / "out.jpg")
    assert before.quantization == after.quantization  # type: ignore[attr-defined]
    assert np.abs(once.pixels.astype(int) - pictures.read(PHOTO).pixels).mean() < 0.5
    assert (tmp_path / "out.jpg").stat().st_size < 1.2 * PHOTO.stat().st_size


# Refusing to read


def huge(kind: str) -> bytes:
    data = bytearray(bytes_of(kind))
    if kind == "PNG":
        data[16:24] = struct.pack(">II", 60000, 60000)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    elif kind == "BMP":
        data[18:26] = struct.pack("<ii", 60000, 60000)
    elif kind == "JPEG":
        start = data.index(b"\xff\xc0") + 5
        data[start : start + 4] = struct.pack(">HH", 60000, 60000)
    else:
        width, height = (struct.pack("<HHI", tag, 4, 1) for tag in (256, 257))
        for entry in (width, height):
            start = (
                data.index(entry[:2] + b"\x04\x00\x01")
                if entry in data
                else data.index(entry[:2] + b"\x03\x00\x01")
            )
            data[start : start + 12] = entry + struct.pack("<I", 60000)
    return bytes(data)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "JPEG", "TIFF"])
def test_a_header_that_claims_too_much_is_refused_before_decoding(tmp_path, kind, capfd, recwarn):
    (tmp_path / "bomb").write_bytes(huge(kind))
    assert "60,000 x 60,000" in complaint(tmp_path / "bomb", capfd, recwarn)


def bad_files() -> dict[str, tuple[bytes, str]]:
    frames = [Image.fromarray(np.full((8, 8, 3), level, np.uint8)) for level in (0, 99, 200)]
    moving = {"save_all": True, "append_images": frames[1:]}
    return {
        "empty": (b"", "empty"),
        "page": (b"\n<!DOCTYPE html><html><body>404</body></html>", "web page"),
        "text": (b"hello, I am no picture", "no picture"),
        "gif": (bytes_of("GIF", frames[0], **moving), "extract a frame"),
        "still gif": (bytes_of("GIF", frames[0]), "extract a frame"),
        "apng": (bytes_of("PNG", frames[0], **moving), "extract a frame"),
        "moving webp": (bytes_of("WEBP", frames[0], **moving), "extract a frame"),
        "heic": (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        "pdf": (b"%PDF-1.7 ...", "PDF"),
        "float": (bytes_of("TIFF", Image.fromarray(np.ones((9, 9), np.float32))), "8 or 16 bits"),
        "large": (b"BM" + bytes(64 * 1024 * 1024), "64 MB"),
    }


@pytest.mark.parametrize("which", bad_files())
def test_what_is_no_still_picture_is_named(tmp_path, which, capfd, recwarn):
    data, expected = bad_files()[which]
    (tmp_path / "me.jpg").write_bytes(data)
    assert expected in complaint(tmp_path / "me.jpg", capfd, recwarn)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "TIFF", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_truncated_files_are_refused(tmp_path, kind, share, capfd, recwarn):
    data = bytes_of(kind)
    (tmp_path / "cut").write_bytes(data[: int(len(data) * share)])
    assert "truncated" in complaint(tmp_path / "cut", capfd, recwarn)


def test_truncated_compressed_tiff_is_refused(tmp_path, capfd, recwarn):
    samples = np.random.default_rng(0).integers(0, 256, (90, 90, 3), dtype=np.uint8)
    data = cv2.imencode(".tiff", samples, [cv2.IMWRITE_TIFF_COMPRESSION, 8])[1].tobytes()
    directory_first = bytes_of("TIFF", Image.fromarray(samples), compression="tiff_adobe_deflate")
    for number, whole in enumerate((data, directory_first)):
        (tmp_path / f"{number}").write_bytes(whole[: len(whole) * 2 // 3])
        assert "truncated" in complaint(tmp_path / f"{number}", capfd, recwarn)


def test_folders_pipes_and_missing_files_are_named(tmp_path, capfd, recwarn):
    os.mkfifo(tmp_path / "pipe")
    assert "folder" in complaint(tmp_path, capfd, recwarn)
    assert "pipe" in complaint(tmp_path / "pipe", capfd, recwarn)
    assert "cannot be read" in complaint(tmp_path / ("n" * 300), capfd, recwarn)
    assert "not there" in complaint(tmp_path / "missing\n.jpg", capfd, recwarn)


def test_one_pixel_is_a_picture(tmp_path):
    assert read(tmp_path, bytes_of("PNG", Image.new("RGB", (1, 1), (1, 2, 3)))).pixels.tolist() == [
        [[1, 2, 3]]
    ]


def test_damaged_exif_does_not_cost_the_picture(tmp_path):
    data = bytes_of("JPEG", exif=b"Exif\0\0MM\0\x2a\0\0\0\x08\xff\xff garbage garbage")
    picture = read(tmp_path, data)
    assert saved(picture, tmp_path / "out.jpg").pixels.shape == colours().shape


@cache
def samples_of_files() -> list[bytes]:
    tags = Image.Exif()
    tags[274], tags[271] = 6, "Canon"
    tags.get_ifd(0x8769)[33434] = 0.005
    small = Image.fromarray(colours()[10:40, 10:34])
    alpha = small.convert("RGBA")
    deep = deep_colours()[10:40, 10:34]
    return [
        bytes_of("JPEG", small, exif=tags, icc_profile=SRGB),
        bytes_of("JPEG", small.convert("CMYK")),
        bytes_of("JPEG", small, progressive=True),
        bytes_of("PNG", alpha, exif=tags, icc_profile=SRGB),
        bytes_of("PNG", small.quantize(16), transparency=3),
        bytes_of("WEBP", alpha, exif=tags),
        bytes_of("WEBP", small, lossless=True),
        bytes_of("TIFF", small, exif=tags, icc_profile=SRGB),
        bytes_of("TIFF", small.convert("CMYK"), compression="tiff_lzw"),
        bytes_of("BMP", small),
        bytes_of("BMP", small.quantize(16)),
        deep_file(deep, ".png"),
        deep_file(deep, ".tiff"),
        deep_file(deep[..., :1], ".tiff"),
    ]


def decodes_or_refuses(data: bytes) -> None:
    try:
        pixels, origin = decoding.decode(data, "fuzz")
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8
        picture = pictures.Picture(pixels=pixels, origin=origin, sha256="", name="fuzz")
        if pixels.size < 1_000_000:  # whatever was read can be saved
            for container in ("JPEG", "PNG", "TIFF", "WEBP", "BMP"):
                assert pictures.encoding.encode(picture.pixels, picture.origin, container, MADE)


fuzzed = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@fuzzed
@given(st.data())
def test_mutated_files_are_read_or_refused(data):
    content = bytearray(data.draw(st.sampled_from(samples_of_files())))
    for _ in range(data.draw(st.integers(1, 6))):
        # Most of what can go wrong stands at the beginning.
        place = data.draw(
            st.one_of(st.integers(0, min(400, len(content) - 1)), st.integers(0, len(content) - 1))
        )
        content[place] = data.draw(st.integers(0, 255))
    decodes_or_refuses(bytes(content))


@fuzzed
@given(st.data())
def test_cut_and_spliced_files_are_read_or_refused(data):
    first, second = (data.draw(st.sampled_from(samples_of_files())) for _ in range(2))
    start = data.draw(st.integers(0, len(first)))
    decodes_or_refuses(first[:start] + second[data.draw(st.integers(0, len(second))) :])


@fuzzed
@given(
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF....WEBP", b"BM", b"II*\0", b""]),
    st.binary(),
)
@example(b"RIFF....WEBPVP8X", b"\0" * 30)
def test_random_bytes_are_read_or_refused(start, rest):
    decodes_or_refuses(start + rest)


# Refusing to write


def test_nothing_is_overwritten_without_force(tmp_path):
    picture = pictures.from_array(colours())
    pictures.write(picture, tmp_path / "out.png", provenance=MADE)
    with pytest.raises(OutputError, match="--force"):
        pictures.write(edited(picture), tmp_path / "out.png", provenance=MADE)
    assert (pictures.read(tmp_path / "out.png").pixels == colours()).all()
    pictures.write(edited(picture), tmp_path / "out.png", provenance=MADE, force=True)
    assert (pictures.read(tmp_path / "out.png").pixels[PATCH] == 90).all()


def test_impossible_places_are_named_and_nothing_is_left(tmp_path):
    picture = pictures.from_array(colours())
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.png").mkdir()
    for name, expected in {
        "missing/out.png": "make the folder first",
        "file/out.png": "not a folder",
        "folder.png": "is a folder",
        "out.xyz": "expected a name that ends in",
        "out": "expected a name that ends in",
        "n" * 300 + ".png": "shorter name",
    }.items():
        with pytest.raises(OutputError, match=expected) as caught:
            pictures.write(picture, tmp_path / name, provenance=MADE)
        assert "\n" not in str(caught.value)
    with pytest.raises(OutputError, match="you may write to"):
        pictures.write(picture, "/sys/out.png", provenance=MADE)
    with pytest.raises(OutputError, match="device"):
        pictures.write_bytes_atomically("/dev/null", b"", force=True)
    assert sorted(place.name for place in tmp_path.rglob("*")) == ["file", "folder.png"]


def test_a_picture_too_large_for_the_format_is_refused(tmp_path):
    with pytest.raises(OutputError, match="16,383"):
        pictures.write(
            pictures.from_array(np.zeros((1, 17_000, 3), np.uint8)), tmp_path / "x.webp", provenance=MADE
        )


FULL = """
import resource, sys
import numpy as np
from mien.errors import OutputError
from mien.media import pictures
from mien.media.metadata import Provenance
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
pixels = np.random.default_rng(0).integers(0, 256, (100, 100, 3), dtype=np.uint8)
try:
    made = Provenance(expression="", software="", settings_hash="", input_sha256="")
    pictures.write(pictures.from_array(pixels), sys.argv[1], provenance=made, force=True)
except OutputError as error:
    sys.exit(str(error))
"""


def test_a_full_disk_leaves_the_old_file_alone(tmp_path):
    """The system's limit on file sizes stands in for the end of the disk: the write really fails half way."""
    (tmp_path / "out.png").write_bytes(b"old")
    command = [sys.executable, "-c", FULL, str(tmp_path / "out.png")]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 1 and len(ended.stderr.splitlines()) == 1
    assert "could not write" in ended.stderr and "file too large" in ended.stderr
    assert [place.name for place in tmp_path.iterdir()] == ["out.png"]
    assert (tmp_path / "out.png").read_bytes() == b"old"


@pytest.mark.parametrize(
    "pixels", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)]
)
def test_arrays_of_another_kind_are_refused(pixels):
    with pytest.raises(InputError, match="uint8 RGB"):
        pictures.from_array(pixels)
