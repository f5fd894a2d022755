"""What the studio allows: sizes, counts and times, all ours, and told to the page by /api/about."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of one server."""

    bytes: int = 20 * 1024 * 1024
    """Of a photo's file."""
    pixels: int = 25_000_000
    """Of a photo."""
    words: int = 256 * 1024
    """Bytes of any other request."""
    wish: int = 8192
    """Bytes of a message to the live socket."""
    side: int = 1024
    """Greatest side of a live picture, pixels."""
    seconds: float = 60.0
    """Longest film."""
    fps: int = 60
    """Most frames of a film a second."""
    tile: int = 720
    """Greatest side of one picture of a sheet, pixels."""
    raw: int = 300_000_000
    """Bytes of the frames of a film whose format is written from all of them at once."""
    uploads: int = 32
    """Photos that are being sent at once."""
    photos: int = 200
    """Photos held at once; the one that was used longest ago goes first."""
    disk: int = 1_000_000_000
    """Bytes of all photos held."""
    memory: int = 150_000_000
    """Bytes of portraits kept ready to be drawn; others are prepared anew when they are asked for."""
    idle: float = 1800.0
    """Seconds after which a photo or result that nobody asks for is deleted."""
    waiting: int = 8
    """Jobs that may wait."""
    work: float = 1800.0
    """Seconds that a job may take."""
    results: int = 1_000_000_000
    """Bytes of all results kept; the oldest go first."""
    connections: int = 256
    """Open connections, live sockets among them."""
    sockets: int = 100
    """Live sockets."""
    header_seconds: float = 10.0
    """From a connection, or the end of a request on it, to the next request's whole header."""
    body_seconds: float = 60.0
    """From a request's header to the end of its body."""
    answer_seconds: float = 30.0
    """For a client to take a part of an answer."""
