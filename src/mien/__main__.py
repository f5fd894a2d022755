"""The command line: `mien VERB ...`. What a verb does stands in `mien.verbs`; here is only the table of them.

Exit codes: 0 done; 1 an item of a batch failed, or `doctor` found a problem; 2 an option or expression that
cannot be read; 3 a file that cannot be read; 4 no face, several, or a cut one; 5 an output that cannot be
written; 6 a missing optional package; 7 a training that cannot go on; 8 an address that cannot
be served; 130 interrupted.
"""

import os
import sys
from importlib import import_module

from mien.errors import MienError, interrupted
from mien.version import SOFTWARE

# The matrices here are small: a pool of threads for each only makes them wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

VERBS = {
    "demo": "a photo in every expression: sheet, films and a page, in a folder",
    "edit": "one photo or film, one expression, one photo or film out",
    "animate": "one photo, an expression or a performance, a film out",
    "transfer": "one photo, a film or camera that drives it, a film out",
    "sheet": "one photo, six expressions at three strengths, one picture out",
    "measure": "what the faces of photos show: units, labels, valence, arousal",
    "expressions": "the table of labels and units, with sources",
    "list": "every system of the literature that is in the house",
    "show": "what a system is, and its settings",
    "train": "a system learns from a set of faces",
    "score": "figures of trained systems on people they never saw",
    "compare": "systems, the engine, a copy and the truth in one table and one page",
    "rate": "a paired test with people: a page that asks them, figures from their answers",
    "data": "sets of faces: people who do not exist, data sets of real ones",
    "augment": "a set of faces filled up with made pictures, checked for leaks",
    "recognise": "how well a classifier learns from a set, with and without made pictures",
    "serve": "the studio: a page to shape an expression live, and the same over HTTP",
    "bench": "how fast mien is on this machine",
    "doctor": "versions, assets, licences, and a fix for each problem",
}
_HELP = f"""{SOFTWARE}: one photo, any expression

usage: mien VERB [OPTIONS], and mien VERB --help for its options

{chr(10).join(f"  {name:<12} {about}" for name, about in VERBS.items())}

  mien edit me.jpg --to happiness:.8 -o smile.jpg
  mien edit photos/ --to "AU6=.7,AU12=.9" -o smiles/ --jobs 2
  mien animate me.jpg --to surprise -o surprise.mp4
  mien animate me.jpg --to "0s neutral; 1.2s happiness:.8; 2s neutral" -o smile.mp4
  mien transfer me.jpg --from friend.mp4 -o me-as-friend.mp4
  mien edit talk.mp4 --to happiness:.5 --add -o happier.mp4
  mien edit -o smile.jpg --to happiness -- -odd-name.jpg
  mien train fev-gan --data people-64 --out runs/fev-gan

exit codes: 0 done, 1 part of a batch failed, 2 wrong option or expression, 3 unreadable file,
4 no face or several, 5 unwritable output, 6 missing package, 7 training stopped,
8 address cannot be served, 130 interrupted
"""


def main(args: list[str] | None = None) -> int:
    """Run one verb; the exit code."""
    verb, *rest = (sys.argv[1:] if args is None else args) or ["--help"]
    if verb in ("-h", "--help", "help"):
        print(_HELP, end="")
        return 0
    if verb in ("-V", "--version"):
        print(SOFTWARE)
        return 0
    if verb not in VERBS:
        return _fail(f"there is no verb {verb!r}{_nearest(verb)}; mien --help lists them", 2)
    try:
        return import_module(f"mien.verbs.{verb}").run(rest)
    except MienError as error:
        return _fail(str(error), error.exit_code)
    except (KeyboardInterrupt, SystemError) as error:
        if not interrupted(error):
            raise
        said = str(error) if isinstance(error, KeyboardInterrupt) else ""
        return _fail(said or "interrupted; nothing half-written was left behind", 130)
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _fail(message: str, code: int) -> int:
    print(f"mien: {' '.join(message.split())}", file=sys.stderr)
    return code


def _nearest(verb: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(verb, VERBS, 1)
    return f"; did you mean {near[0]}?" if near else ""


if __name__ == "__main__":
    sys.exit(main())
