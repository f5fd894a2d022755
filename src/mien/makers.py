"""Who makes the pictures of a request: the face engine, or the trained system that was asked for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Protocol

from mien.expression import Expression
from mien.extras import need_systems
from mien.face.portrait import Portrait, Shown
from mien.performance import Performance
from mien.requests import AnimateRequest, EditRequest


class Maker(Protocol):
    """What makes pictures of a portrait."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """What of the wish it cannot show, as warnings."""
        ...

    @property
    def assets(self) -> Mapping[str, str]:
        """Hash of each of the weights that it has of its own."""
        ...

    def before(self, portrait: Portrait) -> Callable[[Iterable[Expression]], Iterator[Shown]]:
        """What shows a portrait with each of some expressions."""
        ...


class Engine:
    """The face engine: it leaves nothing out."""

    left_out: tuple[str, ...] = ()
    assets: Mapping[str, str] = MappingProxyType({})

    def before(self, portrait: Portrait) -> Callable[[Iterable[Expression]], Iterator[Shown]]:
        """What shows a portrait with each of some expressions."""
        return lambda expressions: map(portrait.show, expressions)


ENGINE = Engine()


def maker_of(request: EditRequest | AnimateRequest, target: Expression | Performance) -> Maker:
    """The maker that a request names, once it is known that it can show the target.

    Raises, before any photo is read, what is wrong with a system, and `ExpressionError` for what it cannot
    show in any frame.
    """
    if request.system is None:
        return ENGINE
    need_systems(f"--system {request.system}")
    from mien.generation import Studio

    fps = Fraction(getattr(request, "fps", 1)).limit_denominator(1001)
    wanted = target.frames(fps) if isinstance(target, Performance) else [target]
    return Studio.open(request.system, request.painter, wanted, getattr(request, "seed", 0))
