"""What the face model leaves unexplained: the figures of its card."""

import numpy as np
from face_geometry import Heads, build_skin
from face_photos import Photo
from face_texture import COMPONENTS, principal

from mien.face.fit import fit
from mien.face.model import FaceModel

HEADS = 200
HELD_OUT = 20
SEED = 1


def table(model: FaceModel, heads: Heads, neutral: list[Photo], smiling: list[Photo], textures) -> str:
    """The card's table, Markdown; textures: (n, 2, t) of all neutral photos and their mirror images."""
    surface = surface_residuals(model, heads)
    rows = [
        ("figure", "measured"),
        ("---", "---"),
        (
            f"surface: {HEADS} random open heads of 100 modes met with {len(model.identity)}",
            f"{surface.mean():.2f} mm, worst head {surface.max():.2f} mm",
        ),
        ("landmarks 17 to 67: London, neutral", landmark_residual(model, neutral)),
        ("landmarks 17 to 67: London, smiling", landmark_residual(model, smiling)),
    ]
    fitted, held = texture_variance(textures)
    for count in (COMPONENTS // 2, COMPONENTS):
        rows.append((f"texture variance kept by {count} components", f"{fitted[count]:.1%}"))
        rows.append((f"the same on {HELD_OUT} photos held out of the basis", f"{held[count]:.1%}"))
    return "\n".join(f"| {name} | {value} |" for name, value in rows)


def surface_residuals(model: FaceModel, heads: Heads) -> np.ndarray:
    """Mean distance (200,), mm, of the skin's vertices of random open heads from the nearest face of ours."""
    skin = build_skin(heads)[0]
    modes = skin.sample(heads.identity).reshape(len(heads.identity), -1)
    drawn = np.random.default_rng(SEED).standard_normal((HEADS, len(modes)))
    wanted = (drawn @ modes).T  # (3 n, 200)
    ours = model.identity[:, model.parts["skin"][0]].reshape(len(model.identity), -1).T.astype(np.float64)
    met = ours @ np.linalg.lstsq(ours, wanted)[0]
    return 10 * np.linalg.norm((wanted - met).T.reshape(HEADS, -1, 3), axis=-1).mean(1)


def landmark_residual(model: FaceModel, photos: list[Photo]) -> str:
    """Mean distance of the inner landmarks from the fit over photos, % of the eye distance."""
    found = 100 * np.array([fit(model, photo.landmarks).residual for photo in photos])
    return f"{found.mean():.2f} ± {found.std():.2f} % of the eye distance, {len(photos)} photos"


def texture_variance(textures) -> tuple[dict[int, float], dict[int, float]]:
    """Share of the variance kept by 20 and 40 components: of all textures, and of photos not in the basis."""
    counts = (COMPONENTS // 2, COMPONENTS)
    held = np.isin(np.arange(len(textures)), _drawn(len(textures)))
    everything = np.concatenate(textures)
    whole, partial = principal(everything), principal(np.concatenate(textures[~held]))
    unseen = np.concatenate(textures[held])
    return {n: whole.kept(everything, n) for n in counts}, {n: partial.kept(unseen, n) for n in counts}


def _drawn(count):
    return np.random.default_rng(SEED).choice(count, HELD_OUT, replace=False)
