"""What is optional: what needs an extra says the one line that installs it."""

from importlib.util import find_spec

from mien.errors import MissingExtraError


def need_systems(what: str) -> None:
    """Raise `MissingExtraError` where torch is not installed."""
    if find_spec("torch") is None or find_spec("torchmetrics") is None:
        raise MissingExtraError(
            f"{what} needs the extra `systems`; run pip install '.[systems]' in the folder of its clone"
        )


def need_web(what: str) -> None:
    """Raise `MissingExtraError` where the packages of a server are not installed."""
    if any(find_spec(name) is None for name in ("fastapi", "uvicorn", "websockets")):
        raise MissingExtraError(
            f"{what} needs the extra `web`; run pip install '.[web]' in the folder of its clone"
        )


def need_cluster() -> None:
    """Raise `MissingExtraError` where distributed is not installed."""
    if find_spec("distributed") is None:
        raise MissingExtraError(
            "--cluster needs the extra `cluster`; run pip install '.[cluster]' in the folder of its clone"
        )
