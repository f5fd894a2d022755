"""What of a wish a trained system can show: its labels or units, a turn of the head; the rest is told."""

from collections.abc import Sequence

from mien import systems
from mien.checkpoints import Run
from mien.errors import ExpressionError
from mien.expression import Expression
from mien.system import Transfer

EXACT = 2e-3
"""How far strengths of units may lie from those of a label that is still meant by them."""


def check(run: Run, expressions: Sequence[Expression]) -> tuple[str, ...]:
    """What a system leaves out of expressions that it can show in part, as warnings.

    Raises `ExpressionError` for a turn of gaze or head that it does not know, for units of which it knows
    none, and, where it knows labels, for what is none of them.
    """
    kind, settings = systems.load(run.system).System, run.settings
    if issubclass(kind, Transfer):
        _refuse_turns(run.name, expressions, ("units", "head"))
        return ()
    if getattr(kind, "condition", "") == "units":
        _refuse_turns(run.name, expressions, settings.units)  # type: ignore[attr-defined]
        return _left_out(run.name, expressions, settings.units)  # type: ignore[attr-defined]
    _refuse_turns(run.name, expressions, settings.classes)  # type: ignore[attr-defined]
    for expression in expressions:
        label_of(expression, settings.classes)  # type: ignore[attr-defined]
    return ()


def _refuse_turns(name: str, expressions: Sequence[Expression], known: Sequence[str]) -> None:
    for turn in ("gaze", "head"):
        if turn not in known and any(any(getattr(expression, turn)) for expression in expressions):
            raise ExpressionError(
                f"{name} knows no {turn}, it knows {', '.join(known)}; leave {turn}(...) out, or --system"
            )


def _left_out(name: str, expressions: Sequence[Expression], known: Sequence[str]) -> tuple[str, ...]:
    """Units that a system lacks, and one-sided ones, as a line each; raises where it lacks all."""
    asked = {unit: None for expression in expressions for unit in expression.units}
    lacks = [unit for unit in asked if unit.rstrip("LR") not in known]
    if asked and len(lacks) == len(asked):
        raise ExpressionError(
            f"{name} knows no {', '.join(lacks)}, it knows {', '.join(known)}; ask for these, or leave "
            "--system out"
        )
    sides = [unit for unit in asked if unit not in lacks and unit[-1] in "LR"]
    said = [f"{name} does not know {', '.join(lacks)}: left out"] if lacks else []
    return (
        *said,
        *([f"{name} shows both sides alike: {', '.join(sides)} became their mean"] if sides else []),
    )


def label_of(expression: Expression, classes: Sequence[str]) -> tuple[str, float]:
    """The label and strength that an expression is made of; raises `ExpressionError` for other units."""
    sided = expression.sided()
    if not sided:
        return next(iter(classes)), 0.0
    for name in classes:
        whole = Expression.from_label(name).sided()
        strength = sum(sided.values()) / max(sum(whole.values()), 1e-9)
        if whole.keys() == sided.keys() and all(
            abs(sided[key] - strength * whole[key]) < EXACT for key in sided
        ):
            return name, min(strength, 1.0)
    raise ExpressionError(
        f"this system knows labels, {', '.join(classes)}, came {expression}; ask for one of them, in a "
        "performance with neutral between two, or leave --system out"
    )
