"""The studio's server under load: `python benchmarks/studio.py [--updates 10000 --clients 50 --bad 1000]`."""

import argparse
import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path

import cv2
import httpx
import numpy as np
import websockets
from matplotlib import get_data_path
from PIL import Image

FACE = 512
"""Width of the face in the photo, pixels."""
CROWDED = 280
"""Width of the faces of many clients: their live pictures of 512 pixels are just filled."""
SIDE = 1024
WAVE = [0.5 + 0.5 * np.sin(step / 5) for step in range(63)]


class Server:
    """A server process, and what the system says of it."""

    def __init__(self):
        command = [sys.executable, "-m", "mien", "serve", "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.address = self.process.stdout.readline().split()[-1].rstrip("/")
        self.place = f"/proc/{self.process.pid}"

    @property
    def memory(self) -> float:
        """Resident megabytes now."""
        return int(Path(f"{self.place}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def peak(self) -> float:
        """Most resident megabytes so far."""
        lines = Path(f"{self.place}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM"))

    @property
    def busy(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"{self.place}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def open_files(self) -> int:
        """Descriptors that are open."""
        return len(os.listdir(f"{self.place}/fd"))

    @property
    def kept(self) -> int:
        """Files in its private folder."""
        return sum(
            len(files)
            for root in Path("/tmp").glob(f"mien-studio-{self.process.pid}-*")
            for _, _, files in os.walk(root)
        )


@contextmanager
def served():
    """A server for the time of a block; at its end, the seconds that Ctrl-C takes are printed."""
    server = Server()
    try:
        yield server
        start = time.perf_counter()
        server.process.send_signal(signal.SIGINT)
        server.process.wait(10)
        row("Ctrl-C to the end of the process", f"{time.perf_counter() - start:.2f} s", "below 2 s")
    finally:
        server.process.kill()


def row(what, found, wanted=""):
    print(f"| {what} | {found} | {wanted} |", flush=True)


def portrait(tint=(255, 255, 255), face=FACE):
    """A photo with a face of `FACE` pixels, in a colour by which its pictures can be told."""
    photo = Image.open(get_data_path() + "/sample_data/grace_hopper.jpg").convert("RGB")
    photo = photo.resize((round(photo.width * face / 188), round(photo.height * face / 188)))
    file = io.BytesIO()
    Image.fromarray((np.asarray(photo) * (np.array(tint) / 255)).astype(np.uint8)).save(
        file, "JPEG", quality=90
    )
    return file.getvalue()


async def send(client, data):
    """Upload a photo; its id."""
    answer = await client.post("/api/photos", content=data)
    answer.raise_for_status()
    return answer.json()["photo"]


def live(server, photo, side=SIDE):
    address = f"{server.address.replace('http', 'ws', 1)}/api/live?photo={photo}&face=1&side={side}"
    return websockets.connect(address, max_size=None, open_timeout=300)


async def drag(server, photo, updates, side=SIDE, seconds=1e9):
    """Ask for picture after picture; seconds that each took, and the last one."""
    waits, picture = [], b""
    async with live(server, photo, side) as socket:
        await socket.recv()
        end = time.perf_counter() + seconds
        for number, value in zip(range(updates), cycle(WAVE), strict=False):
            start = time.perf_counter()
            if start > end:
                break
            wish = {"n": number, "expression": {"units": {"AU12": value, "AU25": value / 2}}}
            await socket.send(json.dumps(wish))
            answer = await socket.recv()
            assert isinstance(answer, bytes), answer
            assert int.from_bytes(answer[:4], "big") == number
            picture = answer[4:]
            waits.append(time.perf_counter() - start)
    return waits, picture


def spread(waits):
    p50, p95 = np.percentile(waits, [50, 95]) * 1e3
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, {len(waits) / sum(waits):.0f} a second"


async def alone(server, client, updates):
    """One client, and the memory over many updates."""
    photo = await send(client, portrait())
    for side in (512, SIDE):
        await drag(server, photo, 5, side)
        busy = server.busy
        waits, _ = await drag(server, photo, 200, side)
        cost = (server.busy - busy) / len(waits) * 1e3
        row(
            f"{FACE} px face, side {side}: wish to picture",
            spread(waits),
            "p50 60 ms, p95 120 ms, 20 a second",
        )
        row(f"{FACE} px face, side {side}: processor time of an update", f"{cost:.0f} ms")
    before = server.memory
    await drag(server, photo, updates, 512)
    found = f"{before:.0f} MB to {server.memory:.0f} MB, peak {server.peak:.0f} MB"
    row(f"memory over {updates:,} updates", found, "below 600 MB")


async def crowd(server, client, clients, seconds):
    """Many clients with a photo each, dragging at once; everyone must get their own picture."""
    wheel = np.array([[[179 * i // clients, 200, 255] for i in range(clients)]], np.uint8)
    hues = list(cv2.cvtColor(wheel, cv2.COLOR_HSV2RGB)[0])
    photos = [await send(client, portrait(hue, CROWDED)) for hue in hues]
    runs = await asyncio.gather(*(drag(server, photo, 10**6, 512, seconds) for photo in photos))
    own = sum(_is_of(picture, hue) for (_, picture), hue in zip(runs, hues, strict=True))
    counts = [len(waits) for waits, _ in runs]
    waits = [wait for run, _ in runs for wait in run]
    row(f"{clients} clients at once: pictures of each in {seconds} s", f"{min(counts)} to {max(counts)}")
    row(f"{clients} clients at once: wish to picture", f"p50 {np.percentile(waits, 50) * 1e3:.0f} ms")
    row(f"{clients} clients at once: pictures that are their own", f"{own} of {clients}", f"{clients}")
    row(f"{clients} clients at once: peak memory", f"{server.peak:.0f} MB", "below 600 MB")


def _is_of(picture, hue):
    """Whether a picture has the colour of a photo."""
    mean = np.asarray(Image.open(io.BytesIO(picture))).reshape(-1, 3).astype(float)
    plain = np.asarray(Image.open(io.BytesIO(portrait()))).reshape(-1, 3).astype(float)
    found = mean.mean(0) / plain.mean(0)
    return np.abs(found / found.max() - hue / hue.max()).max() < 0.25


def bad_files():
    """Bodies that are no photos, of every kind that the loader knows."""
    good, png = portrait(), io.BytesIO()
    Image.new("RGB", (64, 64)).save(png, "PNG")
    huge = io.BytesIO()
    Image.new("1", (19_000, 19_000)).save(huge, "PNG")
    yield from (
        b"",
        b"hello",
        b"<!doctype html><p>",
        b"GIF89a" + b"\0" * 50,
        b"%PDF-1.7",
        b"8BPS" + b"\0" * 20,
    )
    yield from (b"<svg xmlns=''/>", b"\x1aE\xdf\xa3" + b"\0" * 20, b"PK\x03\x04" + b"\0" * 20)
    yield from (b"\0\0\0\x18ftypheic" + b"\0" * 20, b"\0\0\0\x18ftypisom" + b"\0" * 20, b"\0\0\0\x0cjP  \r\n")
    yield from (good[: len(good) // 2], png.getvalue()[:60], png.getvalue()[:-20], huge.getvalue())
    yield from (b"RIFF\0\0\0\0WEBPVP8X" + b"\xff" * 30, b"II*\0" + b"\xff" * 60, b"BM" + b"\xff" * 60)
    yield good + bytes(20 * 2**20)
    yield from (
        b"\xff\xd8\xff\xe0" + os.urandom(500),
        os.urandom(1000),
        b"\x89PNG\r\n\x1a\n" + os.urandom(300),
    )


async def bad(server, client, count):
    """Bad uploads, tricks with paths, malformed frames, connections that dawdle."""
    files, seen, before = cycle(list(bad_files())), {}, server.open_files
    memory = server.memory
    kinds = cycle(["image/jpeg", "text/html", "multipart/form-data; boundary=x", "x", ""])
    for _ in range(count):
        answer = await client.post("/api/photos", content=next(files), headers={"content-type": next(kinds)})
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        assert "error" in answer.json() and "/tmp" not in answer.text, answer.text
    tricks = ("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "a" * 5000, "%ff", "photo")
    found = [
        (await client.get(f"/{door}/{name}")).status_code
        for door in ("api/photos", "page")
        for name in tricks
    ]
    odd = [await _garbage(server, frame) for frame in (b"\xff" * 20, b"\x81\x05hello", b"\x83\x80\0\0\0\0")]
    many = await asyncio.gather(*(_dawdle(server) for _ in range(50)))
    row(f"{count} bad uploads", f"answers {seen}", "4xx each")
    row("tricks with paths", f"answers {sorted(set(found))}", "404 each")
    row("malformed frames", f"sockets closed with {odd}", "1002 each")
    row("50 connections that dawdle", f"closed after {max(many):.0f} s", "all closed")
    await asyncio.sleep(1)
    row("open files before and after", f"{before} and {server.open_files}", "the same, give or take a few")
    row("files kept, memory before and after", f"{server.kept}; {memory:.0f} MB and {server.memory:.0f} MB")


async def _garbage(server, frame):
    """Send bytes that are no frame of a WebSocket; the code with which it is closed."""
    async with httpx.AsyncClient(base_url=server.address, timeout=300) as client:
        photo = await send(client, portrait(face=CROWDED))
    async with live(server, photo, 128) as socket:
        await socket.recv()
        socket.transport.write(frame)
        await asyncio.wait_for(socket.wait_closed(), 30)
        return socket.close_code


async def _dawdle(server):
    """Send a header letter by letter; seconds until the server hangs up."""
    host, port = server.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    start = time.perf_counter()
    with suppress(ConnectionError):
        for letter in cycle(b"GET / HTTP/1.1\r\nX: " + b"a" * 100):
            writer.write(bytes([letter]))
            await writer.drain()
            with suppress(TimeoutError):
                if await asyncio.wait_for(reader.read(1), 1) == b"":
                    break
    writer.close()
    return time.perf_counter() - start


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20, help="of the crowd's dragging")
    parser.add_argument("--bad", type=int, default=1000)
    options = parser.parse_args()
    print("| figure | measured | wanted |\n| --- | --- | --- |")
    with served() as server:
        async with httpx.AsyncClient(base_url=server.address, timeout=300) as client:
            await alone(server, client, options.updates)
            await crowd(server, client, options.clients, options.seconds)
            await bad(server, client, options.bad)


if __name__ == "__main__":
    asyncio.run(main())
