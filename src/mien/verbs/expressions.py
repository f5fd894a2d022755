"""`mien expressions`: the words of the expression language, with their sources."""

from collections.abc import Sequence

from mien import tables
from mien.verbs.options import parse


def run(args: Sequence[str]) -> int:
    """Print labels, units and aliases; the exit code."""
    parse("expressions", "Labels and units, with sources.", None, args)
    print("labels\n")
    print(f"  {'label':<11}{'valence':>8}{'arousal':>8}  units at full strength")
    for row in tables.table():
        weights = ", ".join(f"{unit} {weight:g}" for unit, weight in row.weights.items()) or "none"
        print(f"  {row.label:<11}{row.valence:>8.2f}{row.arousal:>8.2f}  {weights}\n{'':<31}{row.source}")
    print("\nother names: " + ", ".join(f"{name} = {label}" for name, label in tables.ALIASES.items()))
    print("\nunits, 0..1 (with a suffix L or R: the person's own left or right side alone)\n")
    for unit in tables.UNITS:
        sides = "L R" if unit in tables.PAIRED else ""
        print(f"  {unit:<6}{sides:<5}{tables.NAMES[unit]}")
    print("\ngaze(yaw,pitch), head(yaw,pitch,roll): degrees, turns from the photo's own;")
    print("yaw + to the image's right, pitch + up, roll + clockwise as seen")
    print("va(valence,arousal): -1..1 each\n")
    print((tables.__doc__ or "").partition("\n\n")[2].strip())
    return 0
