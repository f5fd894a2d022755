"""Films in: their times, their sound and their content are what comes out again, whatever clock they have."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import reels
from PIL import Image

from mien.errors import InputError, OutputError
from mien.media import films, parts, playback, video, webcam
from mien.media.metadata import Provenance

MADE = Provenance(expression="driven", software="mien", settings_hash="5e77", input_sha256="1d")
UNEVEN = [0, 700, 1100, 2400, 2900, 4000, 4300, 5900, 6300]
CLOCKS = {
    "23.976": {"rate": Fraction(24000, 1001)},
    "29.97": {"rate": Fraction(30000, 1001)},
    "59.94": {"rate": Fraction(60000, 1001)},
    "variable": {"rate": 25, "starts": UNEVEN, "tick": Fraction(1, 15360)},
}


def grays(count: int = 9) -> list[np.ndarray]:
    return [np.full((48, 64, 3), 20 + 20 * (number % 10), np.uint8) for number in range(count)]


def again(film: playback.Film, path: Path) -> films.FilmReport:
    """The film written anew at its own times with its own sound."""
    origin = round(film.origin / film.time_base)
    frames = (
        video.Timed(pixels=one.pixels, start=one.start - origin, length=one.length)
        for one in playback.frames(film)
    )
    sound = film.path if film.sound else None
    clock = video.Clock(tick=film.time_base, rate=film.rate, sound=sound, origin=film.origin)
    return films.write_timed(frames, path, clock=clock, provenance=MADE)


@pytest.mark.parametrize("kind", CLOCKS)
def test_times_length_and_sound_come_out_as_they_went_in(kind, tmp_path):
    source = reels.write(tmp_path / "in.mp4", grays(), sound="aac", **CLOCKS[kind])
    report = again(playback.read(source), tmp_path / "out.mp4")
    (before, *lengths), (after, *new) = reels.times_of(source), reels.times_of(tmp_path / "out.mp4")
    assert after == before and report.frames == len(before) == 9
    assert new == pytest.approx(lengths, abs=1e-4) and report.seconds == pytest.approx(lengths[0], abs=1e-4)
    assert abs(new[0] - new[1]) < min(np.diff(after))  # picture and sound
    assert reels.sound_of(tmp_path / "out.mp4") == reels.sound_of(source)
    assert films.provenance_of(tmp_path / "out.mp4") == MADE.as_dict()


@pytest.mark.parametrize(
    ("name", "codec"), [("in.mkv", "libopus"), ("in.mp4", "aac"), ("in.mkv", "pcm_s16le")]
)
def test_sound_that_a_webm_cannot_hold_is_encoded_anew(name, codec, tmp_path):
    source = reels.write(tmp_path / name, grays(25), sound=codec)
    again(playback.read(source), tmp_path / "out.webm")
    with av.open(str(tmp_path / "out.webm")) as film:
        assert film.streams.audio[0].codec_context.name in ("opus", "libopus")
        wave = np.concatenate([frame.to_ndarray()[0] for frame in film.decode(audio=0)])
    peak = np.abs(np.fft.rfft(wave[4800:43200])).argmax() * 48_000 / 38_400
    assert peak == pytest.approx(440, abs=2) and abs(len(wave) / 48_000 - 1) < 0.04
    if codec == "libopus":
        assert reels.sound_of(tmp_path / "out.webm") == reels.sound_of(source)


def test_a_picture_that_begins_behind_its_sound_still_does(tmp_path):
    source = reels.write(tmp_path / "in.mp4", grays(), sound="aac", late=Fraction(1, 5))
    again(playback.read(source), tmp_path / "out.mp4")
    assert reels.times_of(tmp_path / "out.mp4")[0][0] == reels.times_of(source)[0][0] == 0.2


@pytest.mark.parametrize("kind", CLOCKS)
@pytest.mark.parametrize("name", ["out.mp4", "out.webm"])
def test_parts_are_joined_without_a_seam(kind, name, tmp_path):
    film = playback.read(reels.write(tmp_path / "in.mp4", grays(), sound="aac", **CLOCKS[kind]))
    clock = video.Clock(tick=film.time_base, rate=film.rate, sound=film.path)
    made = parts.Parts.beside(tmp_path / name, "key", resume=False, force=False)
    frames = [video.Timed(pixels=m.pixels, start=m.start, length=m.length) for m in playback.frames(film)]
    for first in range(0, 9, 4):
        made.add(iter(frames[first : first + 4]), clock, lambda: {})
    report = made.join(clock, MADE, force=False)
    times, picture, sound = reels.times_of(tmp_path / name)
    tick = 1e-9 if name == "out.mp4" else 0.0006  # webm counts in milliseconds
    assert times == pytest.approx([float(one.start * film.time_base) for one in frames], abs=tick)
    assert report.frames == 9 and not made.folder.exists()
    shown = [frame.mean() for frame in reels.pixels_of(tmp_path / name)]
    assert shown == pytest.approx([frame.mean() for frame in reels.pixels_of(film.path)], abs=3)
    if name == "out.mp4":
        assert picture == pytest.approx(reels.times_of(film.path)[1], abs=1e-4) and sound


def test_a_film_can_be_entered_anywhere(tmp_path):
    film = playback.read(reels.write(tmp_path / "in.mp4", grays(60)))
    every = list(playback.frames(film))
    for first in (1, 13, 59):
        entered = list(playback.frames(film, every[first].start))
        assert len(entered) == 60 - first and (entered[0].pixels == every[first].pixels).all()
    assert list(playback.frames(film, every[-1].start + every[-1].length)) == []


def test_a_film_that_was_held_sideways_is_upright(tmp_path):
    tall = [np.vstack([np.full((32, 64, 3), 220, np.uint8), np.full((32, 64, 3), 20, np.uint8)])] * 3
    source = reels.write(tmp_path / "in.mp4", tall)
    data = bytearray(source.read_bytes())
    matrix = data.index(b"tkhd") + 44  # of ISO/IEC 14496-12: turned by a quarter, clockwise
    data[matrix : matrix + 36] = b"".join(
        value.to_bytes(4, "big", signed=True) for value in (0, 65536, 0, -65536, 0, 0, 64 << 16, 0, 1 << 30)
    )
    source.write_bytes(data)
    film = playback.read(source)
    pixels = next(playback.frames(film)).pixels
    assert (film.width, film.height) == (64, 64) and pixels[:, 40:].mean() > 200 > pixels[:, :24].mean()


def test_a_film_with_wide_pixels_keeps_them(tmp_path):
    frames = [video.Timed(pixels=pixels, start=n, length=1) for n, pixels in enumerate(grays(4))]
    clock = video.Clock(tick=Fraction(1, 25), rate=Fraction(25), aspect=Fraction(4, 3))
    films.write_timed(iter(frames), tmp_path / "in.mp4", clock=clock, provenance=MADE)
    made = parts.Parts.beside(tmp_path / "out.mp4", "key", resume=False, force=False)
    made.add(iter(frames), clock, lambda: {})
    made.join(clock, MADE, force=False)
    assert (
        playback.read(tmp_path / "in.mp4").aspect
        == playback.read(tmp_path / "out.mp4").aspect
        == clock.aspect
    )


@pytest.mark.parametrize("side", [96, 720])
def test_colours_are_those_that_players_show(side, tmp_path):
    red = np.full((side, side, 3), (200, 40, 30), np.uint8)
    named = films.write([red] * 2, tmp_path / "named.mp4", fps=25, provenance=MADE)
    assert named.frames == 2
    reels.write(tmp_path / "unnamed.mp4", [red] * 2)  # by BT.601, as nothing else is asked for
    pixels = {
        name: next(playback.frames(playback.read(tmp_path / f"{name}.mp4"))).pixels[side // 2, side // 2]
        for name in ("named", "unnamed")
    }
    assert np.abs(pixels["named"].astype(int) - red[0, 0]).max() < 4
    off = np.abs(pixels["unnamed"].astype(int) - red[0, 0]).max()
    assert off < 4 if side < playback.HIGH else off > 10  # high films that do not say are BT.709 to players


def test_content_tells_a_film_and_not_the_name(tmp_path):
    for container in ("mp4", "matroska", "avi", "mpegts"):
        film = reels.write(tmp_path / f"{container}.jpg", grays(40), container=container)
        assert playback.is_film(film) and playback.read(film).width == 64
    Image.fromarray(grays(1)[0]).save(tmp_path / "still.png")
    (tmp_path / "still.png").rename(tmp_path / "still.mp4")
    assert not playback.is_film(tmp_path / "still.mp4")


def test_a_damaged_film_is_told_with_the_place(tmp_path):
    source = reels.write(tmp_path / "in.mkv", reels.acted(8)[0])
    (tmp_path / "cut.mkv").write_bytes(source.read_bytes()[:300])
    with pytest.raises(InputError, match="cut.mkv"):
        playback.read(tmp_path / "cut.mkv")
    data = bytearray(source.read_bytes())
    middle = slice(len(data) // 3, len(data) // 3 + 9000)
    data[middle] = bytes(9000)
    (tmp_path / "bad.mkv").write_bytes(data)
    try:
        count = len(list(playback.frames(playback.read(tmp_path / "bad.mkv"))))
    except InputError as error:
        assert "damaged at" in str(error) and "\n" not in str(error)
    else:
        assert 0 < count <= 8  # the decoder made its way round the hole


def test_a_playlist_is_no_film(tmp_path):
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n")
    with pytest.raises(InputError):
        playback.read(tmp_path / "list.m3u8")


def test_a_camera_that_is_not_there_is_told():
    with pytest.raises(InputError, match="camera 99"):
        webcam.record(99, 1.0, Path("never.mp4"))


def test_a_full_disk_is_told_before_any_work(tmp_path):
    with pytest.raises(OutputError, match="MB left"):
        parts.check_space(tmp_path / "out.mp4", 16_000, 16_000, 10**8, 0)
    parts.check_space(tmp_path / "out.mp4", 64, 48, 100, 1000)
