"""The bases of the face model: identity modes, and action units mixed from the open heads' expressions."""

import numpy as np
from face_geometry import FLIP, Heads, Part

IDENTITIES = 50
LID_CORNERS = 3.35
"""Height of the eye corners on the template, centimetres."""
PAIRED = {
    "AU1": {"browInnerUp_L": 0.85},
    "AU2": {"browOuterUp_L": 0.85},
    "AU4": {"browDown_L": 1.0},
    "AU5": {"eyeWide_L": 1.0},
    "AU6": {"cheekRaiser_L": 0.6, "eyeSquint_L": 0.5},
    "AU7": {"eyeSquint_L": 1.0},
    "AU9": {"noseSneer_L": 1.0},
    "AU10": {"mouthUpperUp_L": 0.8},
    "AU12": {"mouthSmile_L": 1.0},
    "AU14": {"mouthDimple_L": 1.0},
    "AU15": {"mouthFrown_L": 1.0},
    "AU16": {"mouthLowerDown_L": 0.9},
    "AU20": {"mouthStretch_L": 1.0},
    "AU43": {"eyeBlink_L": 1.0},
}
"""Nearest shapes of the open heads to each action unit, with the weight that full intensity takes (ours).

`_L` shapes are mirrored for the right side.
"""
MIDLINE = {
    "AU17": {"mouthShrugLower": 0.8, "mouthShrugUpper": 0.3},
    "AU18": {"mouthPucker": 1.0},
    "AU22": {"mouthFunnel": 1.0},
    "AU23": {"mouthPress_L": 0.4, "mouthPress_R": 0.4, "mouthPucker": 0.25},
    "AU24": {"mouthPress_L": 1.0, "mouthPress_R": 1.0},
    "AU25": {
        "mouthUpperUp_L": 0.35,
        "mouthUpperUp_R": 0.35,
        "mouthLowerDown_L": 0.7,
        "mouthLowerDown_R": 0.7,
    },
    "AU26": {"jawOpen": 0.42},
    "AU27": {"jawOpen": 0.85},
    "AU28": {"mouthRollLower": 0.8, "mouthRollUpper": 0.8},
    "LOOKUP": {"eyeLookUp_L": 1.0, "eyeLookUp_R": 1.0},
    "LOOKDOWN": {"eyeLookDown_L": 1.0, "eyeLookDown_R": 1.0},
    "LOOKLEFT": {"eyeLookOut_L": 1.0, "eyeLookIn_R": 1.0},
    "LOOKRIGHT": {"eyeLookIn_L": 1.0, "eyeLookOut_R": 1.0},
}
"""The same for units without a side."""


def identity_modes(parts: list[Part], heads: Heads) -> np.ndarray:
    """(50, n, 3): principal directions of the open heads' 100 on our vertices, coefficients ~ N(0, 1)."""
    flat = _carry(parts, heads.identity).reshape(len(heads.identity), -1)
    _, s, vt = np.linalg.svd(flat, full_matrices=False)
    sign = np.sign(vt[np.arange(len(vt)), np.argmax(np.abs(vt), axis=1)])
    return (sign[:, None] * s[:, None] * vt)[:IDENTITIES].reshape(IDENTITIES, -1, 3)


def action_units(parts: list[Part], heads: Heads, mirror, template) -> tuple[list[str], np.ndarray]:
    """Names and displacement fields (u, n, 3) of all units, left and right exact mirrors of each other."""
    of = dict(zip(heads.names, _carry(parts, heads.expression), strict=True))
    named = {}
    for name, mix in PAIRED.items():
        even = {shape: (of[shape] + of[shape.replace("_L", "_R")][mirror] * FLIP) / 2 for shape in mix}
        left = _mixed(even, mix)
        if name == "AU5":  # the open heads lower the lower lid too; the unit raises the upper one only
            left = left * np.clip((template[:, 1:2] - LID_CORNERS) / 0.35, 0, 1)
        named |= {name + "L": left, name + "R": left[mirror] * FLIP}
    for name, mix in MIDLINE.items():
        both = _mixed(of, mix)
        sided = name in ("LOOKLEFT", "LOOKRIGHT")
        named[name] = both if sided else (both + both[mirror] * FLIP) / 2
    named["LOOKLEFT"] = (named["LOOKLEFT"] + named["LOOKRIGHT"][mirror] * FLIP) / 2
    named["LOOKRIGHT"] = named["LOOKLEFT"][mirror] * FLIP
    return list(named), np.array(list(named.values()))


def _carry(parts, shapes):
    """Fields (k, vertices, 3) of the open heads on the vertices of all parts: (k, n, 3)."""
    return np.concatenate([part.sample(shapes) for part in parts], axis=1)


def _mixed(shapes, mix):
    """Weighted sum of named shapes."""
    return np.sum([weight * shapes[name] for name, weight in mix.items()], axis=0)
