"""The studio's server as its users meet it: photos, live pictures, and what it refuses."""

import io
import json
import socket
import sys
import time
from http.client import HTTPConnection

import numpy as np
import pytest
from PIL import Image
from samples import GRACE, grace, side_by_side
from studios import PHOTO, running, wish
from websockets.exceptions import ConnectionClosed, InvalidStatus

from mien.errors import MissingExtraError, ServingError
from mien.expression import Expression
from mien.face.portrait import Portrait

TOKEN = "a-secret-of-many-letters"
TRICKS = ["../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "%ff", "a" * 3000, "photo", "api.py"]


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    with running(tmp_path_factory.mktemp("studio")) as running_studio:
        yield running_studio


@pytest.fixture(scope="module")
def photo(studio):
    """A photo that the studio holds."""
    return studio.photo()


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """A studio with little patience and little room."""
    limits = {"idle": 6.0, "header_seconds": 1.0, "body_seconds": 1.0, "photos": 2, "bytes": 200_000}
    with running(tmp_path_factory.mktemp("hasty"), memory=1, **limits) as running_studio:
        yield running_studio


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A studio that wants its token."""
    with running(tmp_path_factory.mktemp("closed"), token=TOKEN) as running_studio:
        yield running_studio


def as_file(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def pixels_of(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_a_photo_is_held_and_its_face_found_and_read(studio):
    told = studio.http.post("/api/photos", content=PHOTO).json()
    assert (told["width"], told["height"], told["chosen"], len(told["faces"])) == (512, 600, 1, 1)
    assert studio.http.get(f"/api/photos/{told['photo']}").json() == told
    seen = studio.post(f"/api/photos/{told['photo']}/portrait", face=1).json()
    own = Portrait.open(GRACE)
    assert Expression.from_dict(seen["expression"]) == own.expression == Expression.parse(seen["text"])
    assert seen["crop"] == list(own.scene.box) and set(seen["measured"]["uncertainty"]) > {"AU12L"}


def test_of_two_faces_none_is_chosen_and_each_can_be_drawn(studio):
    data = as_file(side_by_side(grace(), grace()[:, ::-1]))
    told = studio.http.post("/api/photos", content=data).json()
    assert told["chosen"] is None and [face["number"] for face in told["faces"]] == [1, 2]
    crops = [studio.post(f"/api/photos/{told['photo']}/portrait", face=n).json()["crop"] for n in (1, 2)]
    assert crops[0][0] < 512 < crops[1][2]
    status, kind, _ = studio.error(studio.post(f"/api/photos/{told['photo']}/portrait", face=3))
    assert (status, kind) == (422, "FaceError")


def test_a_photo_without_a_face_is_held_with_a_warning(studio):
    told = studio.http.post("/api/photos", content=as_file(np.full((80, 80, 3), 90, np.uint8))).json()
    assert told["faces"] == [] and told["chosen"] is None and "no face found" in told["warning"]


def test_live_pictures_follow_the_wishes_in_the_crop_of_the_original(studio, photo):
    still = pixels_of(studio.http.get(f"/api/photos/{photo}/picture?face=1&side=256").content)
    found = studio.post(f"/api/photos/{photo}/portrait", face=1).json()["expression"]
    with studio.live(photo) as live:
        first = json.loads(live.recv())
        live.send(json.dumps({"n": 7, "expression": found}))
        same = live.recv()
        live.send(wish(8, AU12=0.9, AU26=0.8))
        smile = live.recv()
    assert same[:4] == b"\0\0\0\7" and smile[:4] == b"\0\0\0\x08"
    assert (first["height"], first["width"]) == still.shape[:2] and max(still.shape) == 256
    x0, y0, x1, y1 = first["crop"]
    assert abs((x1 - x0) / (y1 - y0) - first["width"] / first["height"]) < 0.02
    assert np.abs(pixels_of(same[4:]) - still).mean() < 2 < np.abs(pixels_of(smile[4:]) - still).mean()


def test_only_the_latest_wish_is_drawn(studio, photo):
    with studio.live(photo) as live:
        live.recv()
        for number in range(60):
            live.send(wish(number, AU12=number / 60))
        came = []
        while not came or came[-1] < 59:
            came.append(int.from_bytes(live.recv(timeout=60)[:4], "big"))
    assert came == sorted(set(came)) and len(came) < 30


@pytest.mark.parametrize(
    "message",
    ["", "nonsense", "[" * 5000, "{}", '{"n": -1, "expression": {}}', '{"n": true, "expression": {}}']
    + [b"\0\1", "1" * 9000, '{"n": 1, "expression": "\\ud800"}']
    + ['{"n": 1, "expression": {"units": {"AU99": 1}}}', '{"n": 1, "expression": {"units": {"AU12": NaN}}}']
    + ['{"n": 1, "expression": {"units": []}, "x": 0}'],
)  # fmt: skip
def test_a_malformed_wish_is_answered_and_the_socket_goes_on(studio, photo, message):
    with studio.live(photo) as live:
        live.recv()
        live.send(message)
        assert json.loads(live.recv())["error"]["kind"] in ("Invalid", "ExpressionError")
        live.send(wish(1, AU12=0.5))
        assert live.recv()[:4] == b"\0\0\0\1"


def test_ten_malformed_wishes_end_a_socket(studio, photo):
    with studio.live(photo) as live, pytest.raises(ConnectionClosed) as closed:
        for _ in range(30):
            live.recv()
            live.send("nonsense")
    assert closed.value.rcvd and closed.value.rcvd.code == 1008


@pytest.mark.parametrize(
    ("frame", "code"),
    [(b"\xff" * 20, 1002), (b"\x81\x05hello", 1002), (b"\x83\x80\0\0\0\0", 1002), ("x" * 70_000, 1009)],
)
def test_what_is_no_frame_ends_its_own_socket_only(studio, photo, frame, code):
    with studio.live(photo) as other, studio.live(photo) as live:
        live.recv()
        with pytest.raises(ConnectionClosed) as closed:
            live.send(frame) if isinstance(frame, str) else live.socket.sendall(frame)
            live.recv(timeout=30)
        assert closed.value.rcvd and closed.value.rcvd.code == code
        other.recv()
        other.send(wish(1, AU12=0.5))
        assert other.recv()[:4] == b"\0\0\0\1"


def test_a_socket_of_a_photo_that_went_says_so(studio):
    photo = studio.photo()
    with studio.live(photo) as live:
        live.recv()
        assert studio.http.delete(f"/api/photos/{photo}").status_code == 204
        live.send(wish(1, AU12=0.5))
        assert json.loads(live.recv())["error"]["kind"] == "Gone"
        with pytest.raises(ConnectionClosed) as closed:
            live.recv()
    assert closed.value.rcvd and closed.value.rcvd.code == 4404
    assert not [path for path in studio.kept() if photo in path]


def test_two_clients_see_their_own_photo_only(studio):
    light, dark = (
        studio.photo(as_file((grace() * 0.9).astype(np.uint8))),
        studio.photo(as_file((grace() * 0.3).astype(np.uint8))),
    )
    with studio.live(light) as one, studio.live(dark) as other:
        one.recv()
        other.recv()
        for number in range(5):
            one.send(wish(number, AU12=number / 5))
            other.send(wish(number, AU12=number / 5))
            assert pixels_of(one.recv()[4:]).mean() > 2 * pixels_of(other.recv()[4:]).mean()
    assert studio.http.get("/api/photos").status_code == 405  # there is no list
    assert light != dark and min(len(light), len(dark)) >= 22


@pytest.mark.parametrize("name", TRICKS)
def test_an_id_that_is_none_is_not_found(studio, name):
    for address in ("/api/photos/", "/api/jobs/", "/page/", f"/api/jobs/{name}/files/"):
        answer = studio.http.get(address + name)
        assert answer.status_code == 404 and "root:" not in answer.text
        assert answer.json()["error"]["kind"] in ("Gone", "NotFound")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"), (b"hello", "no picture"), (b"<html>", "a web page"), (b"%PDF-1.7", "PDF"),
        (b"GIF89a" + b"\0" * 30, "a GIF"), (b"PK\x03\x04", "ZIP"),
        (PHOTO[:9000], "damaged"), (b"\xff\xd8\xff" + b"\0" * 90, "damaged"),
        (b"II*\0" + b"\xff" * 60, "damaged"), (b"\0\0\0\x18ftypheic" + b"\0" * 30, "HEIC"),
    ],
)  # fmt: skip
def test_a_bad_file_is_named_and_nothing_of_it_is_kept(studio, data, said):
    before = studio.kept()
    answer = studio.http.post("/api/photos", content=data, headers={"content-type": "image/jpeg"})
    status, kind, message = studio.error(answer)
    assert (status, kind) == (422, "InputError") and said in message and str(studio.temp) not in answer.text
    assert studio.kept() == before


def test_too_many_bytes_or_pixels_are_refused(studio, hasty):
    large = as_file(np.zeros((5001, 5001), np.uint8))
    assert "at most 25 megapixels" in studio.error(studio.http.post("/api/photos", content=large))[2]
    body = b"\0" * 300_000
    for content in (body, (body[place : place + 9999] for place in range(0, len(body), 9999))):
        assert hasty.error(hasty.http.post("/api/photos", content=content))[:2] == (413, "TooLarge")
    assert studio.error(studio.http.post("/api/expression", content=b" " * 300_000))[0] == 413


def test_half_a_letter_and_deep_json_are_refused(studio):
    for body in (
        b'{"text": "\\ud800"}',
        b'{"\\ud800": 1}',
        b"[" * 100_000,
        b'{"strength": NaN, "label": "joy"}',
    ):
        answer = studio.http.post(
            "/api/expression", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code in (400, 422) and answer.json()["error"]["message"]


def test_every_answer_has_the_headers_that_keep_a_browser_safe(studio, closed):
    answers = [studio.http.get("/"), studio.http.get("/api/about"), studio.http.get("/nothing")]
    for answer in [*answers, studio.http.post("/api/photos", content=b""), closed.http.get("/")]:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer" and "server" not in answer.headers
    assert studio.http.get("/api/about").headers["cache-control"] == "no-store"


def test_another_sites_page_and_another_name_are_refused(studio):
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        headers = {"origin": origin}
        assert studio.http.post("/api/photos", content=PHOTO, headers=headers).status_code == 403
        with pytest.raises(InvalidStatus) as refused:
            studio.live("x", additional_headers=headers)
        assert refused.value.response.status_code == 403
    own = {"origin": studio.address}
    assert studio.http.post("/api/expression", json={"text": "joy"}, headers=own).status_code == 200
    assert studio.http.get("/", headers={"host": "evil.example"}).status_code == 421


def test_a_token_is_asked_of_everybody(closed):
    assert closed.error(closed.http.get("/api/about"))[:2] == (401, "Token")
    for wrong in ("/?token=wrong", f"/api/about?token={TOKEN}"):
        assert closed.http.get(wrong).status_code == 401
    with pytest.raises(InvalidStatus):
        closed.live("x")
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert closed.http.get("/api/about", headers=bearer).status_code == 200
    page = closed.http.get(f"/?token={TOKEN}")
    cookie = page.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and TOKEN not in cookie
    held = {"cookie": cookie.split(";")[0]}
    assert closed.http.get("/api/about", headers=held).status_code == 200
    with closed.live("x", additional_headers=held) as live:
        assert json.loads(live.recv())["error"]["kind"] == "Gone"


def test_a_slow_header_and_a_slow_body_are_cut(hasty):
    with socket.create_connection(hasty.host) as slow:
        slow.settimeout(10)
        slow.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
        assert slow.recv(1) == b""
    late = HTTPConnection(*hasty.host, timeout=10)
    late.putrequest("POST", "/api/photos")
    late.putheader("Content-Length", "100")
    late.endheaders(b"\xff\xd8")
    answer = late.getresponse()
    assert answer.status == 408 and json.load(answer)["error"]["kind"] == "TooSlow"
    late.close()


def test_the_photo_used_longest_ago_goes_first_and_all_go_when_idle(hasty):
    first, second = hasty.photo(), hasty.photo()
    hasty.http.get(f"/api/photos/{first}")
    third = hasty.photo()
    left = [hasty.http.get(f"/api/photos/{name}").status_code for name in (first, second, third)]
    assert left == [200, 404, 200] and len(hasty.kept()) == 2
    with hasty.live(first) as one, hasty.live(third) as other:  # memory for one portrait: the other sleeps
        one.recv()
        other.recv()
        for live in (one, other, one):
            live.send(wish(3, AU12=0.6))
            assert live.recv(timeout=60)[:4] == b"\0\0\0\3"
    end = time.monotonic() + 40
    while hasty.kept() and time.monotonic() < end:
        time.sleep(0.2)
    assert hasty.kept() == []
    assert hasty.error(hasty.http.get(f"/api/photos/{first}"))[:2] == (404, "Gone")


def test_a_killed_studio_leaves_a_folder_that_the_next_one_removes(tmp_path):
    other = tmp_path / "mien-studio-1-abc"  # of a process that runs
    other.mkdir()
    with running(tmp_path) as studio:
        photo = studio.photo()
        studio.end(9)
        assert studio.kept()
    with running(tmp_path) as studio:
        assert studio.kept() == [] and other.exists()
        assert studio.error(studio.http.get(f"/api/photos/{photo}"))[:2] == (404, "Gone")
        place = next(path for path in tmp_path.iterdir() if path != other)
        assert place.stat().st_mode & 0o777 == 0o700
        again = studio.photo()
        job = studio.post("/api/jobs", task="animate", photo=again, to="joy", seconds=30).json()["job"]
        with studio.live(again) as live:
            live.recv()
            live.send(wish(1, AU12=0.5))
            while studio.http.get(f"/api/jobs/{job}").json()["progress"] == 0:
                time.sleep(0.1)
            assert studio.end() < 4  # 2 s on an idle machine
        assert [*tmp_path.iterdir()] == [other]


def test_an_address_that_cannot_be_served_is_told():
    from mien.web.server import serve

    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ServingError, match="another program"),
    ):
        serve(port=taken.getsockname()[1], tell=print)
    with pytest.raises(ServingError, match="needs --token"):
        serve("0.0.0.0", 0, tell=print)
    with pytest.raises(ServingError, match="16 letters or more"):
        serve("0.0.0.0", 0, "short", tell=print)
    with pytest.raises(ServingError, match="choose another --host"):
        serve("192.0.2.1", 0, TOKEN, tell=print)


def test_without_the_extra_one_line_installs_it(monkeypatch):
    from mien.verbs import serve

    monkeypatch.setitem(sys.modules, "fastapi", None)
    with pytest.raises(MissingExtraError, match=r"pip install '\.\[web\]'"):
        serve.run([])
