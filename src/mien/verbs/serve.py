"""`mien serve`: the studio, a page to shape an expression live, and the same over HTTP."""

from collections.abc import Sequence
from functools import partial

from mien.extras import need_web
from mien.verbs.options import Option, parse

_ABOUT = "The studio: a page on this machine where an expression is shaped live, and the same over HTTP."


def run(args: Sequence[str]) -> int:
    """Parse the arguments and serve until Ctrl-C; the exit code."""
    values = parse(
        "serve",
        _ABOUT,
        None,
        args,
        host=Option(kind=str, default="127.0.0.1", help="The address to serve at; any other needs --token."),
        port=Option(kind=int, default=7860, help="The port; 0 takes any that is free."),
        token=Option(kind=str | None, default=None, help="A secret that clients must know."),
    )
    need_web("mien serve")
    from mien.web.server import serve

    serve(values["host"], values["port"], values["token"], tell=partial(print, flush=True))
    return 0
