"""The version, in the one place where it stands, and the hash of everything that decides a result."""

from functools import cache
from pathlib import Path
from typing import Any

__version__ = "0.1.0"
SOFTWARE = f"mien {__version__}"


def settings_hash(**settings: Any) -> str:
    """SHA-256 of the settings together with the version and the package's own source.

    Callers give all that decides their result beside the photo, the face model's hash among it.
    """
    import hashlib  # here and below: only results need them, and `mien --help` must be quick
    import json

    record = {**settings, "mien": __version__, "source": source_hash()}
    return hashlib.sha256(json.dumps(record, sort_keys=True, default=str).encode()).hexdigest()


@cache
def source_hash() -> str:
    """SHA-256 of the names and bytes of the package's Python files, in the order of their names."""
    import hashlib

    found, folder = hashlib.sha256(), Path(__file__).parent
    for path in sorted(folder.rglob("*.py")):
        found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()
