"""Every error a user can meet, with the exit code the command line ends with."""


def interrupted(error: BaseException) -> bool:
    """Whether Ctrl-C is behind it: where compiled code runs, it arrives somewhere under a SystemError."""
    under = error.__cause__ or error.__context__
    return isinstance(error, KeyboardInterrupt) or (under is not None and interrupted(under))


class MienError(Exception):
    """Base of all errors that mien raises on purpose; the text says what was expected, came, and helps."""

    exit_code = 1


class ExpressionError(MienError):
    """An expression, label, unit or performance that cannot be read, or that is out of range."""

    exit_code = 2


class InputError(MienError):
    """A file that cannot be read as a picture, table or film."""

    exit_code = 3


class TooFewError(InputError):
    """Fewer samples than a score needs to mean anything; the text says how many."""


class FaceError(MienError):
    """No face, several similar faces, or a face that cannot be fitted."""

    exit_code = 4


class OutputError(MienError):
    """A result that could not be written; nothing is left behind."""

    exit_code = 5


class MissingExtraError(MienError):
    """A verb that needs an optional package; the text gives the one line that installs it."""

    exit_code = 6


class TrainingError(MienError):
    """A training that cannot go on; the text gives the step, the term, and what is kept."""

    exit_code = 7


class ServingError(MienError):
    """An address that cannot be served: taken, not this machine's, or open to others without a token."""

    exit_code = 8
