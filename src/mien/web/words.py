"""The addresses of language: text to sliders and back, performances to frames, a job as a command."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from mien import calls
from mien.expression import Expression
from mien.natural import natural
from mien.performance import Performance, frame_times
from mien.requests import SECONDS
from mien.web.limits import Limits
from mien.web.schemas import (
    ExpressionBody,
    JobBody,
    PerformanceBody,
    check_length,
    performed,
    rate,
    request_of,
)


def install(app: FastAPI, limits: Limits) -> None:
    """Add the addresses."""

    @app.post("/api/expression")
    def expression(body: ExpressionBody) -> dict[str, Any]:
        """Read an expression in any of its forms, and give all the others."""
        found = body.read()
        valence, arousal = found.valence_arousal()
        scores = {name: round(score, 4) for name, score in found.scores().items()}
        said = {"expression": found.to_dict(), "text": str(found), "scores": scores}
        return said | {"valence": round(valence, 4), "arousal": round(arousal, 4)}

    @app.post("/api/performance")
    def performance(body: PerformanceBody) -> dict[str, Any]:
        """Read a performance, and give its keyframes and the expression of each frame."""
        return _frames(body, performed(body.to), rate(body.fps), limits)

    @app.post("/api/say")
    def say(body: JobBody) -> dict[str, str]:
        """The command and the call in Python that do the same as a job."""
        form = getattr(body, "format", None)
        request = request_of(body, Path("photo.jpg"), Path(f"out.{form}") if form else None)
        if isinstance(getattr(body, "to", None), str):
            request = replace(request, to=body.to)  # in the words that were chosen
        return {"command": calls.command(body.task, request), "python": calls.python(body.task, request)}


def _frames(
    body: PerformanceBody, to: Expression | Performance, fps: Fraction, limits: Limits
) -> dict[str, Any]:
    """Times and expressions of a film's frames; an expression is acted out as mien animate does."""
    duration = to.duration if isinstance(to, Performance) else body.seconds or SECONDS
    check_length(duration, fps, limits)
    acted = to if isinstance(to, Performance) else natural(to, duration, body.seed, still=body.still)
    times = frame_times(duration, fps)
    answer: dict[str, Any] = {"duration": duration, "times": times}
    answer["expressions"] = [acted.at(time).to_dict() for time in times]
    if isinstance(to, Performance):
        answer["text"] = str(to)
        answer["keyframes"] = [
            {"time": key.time, "expression": key.expression.to_dict(), "easing": key.easing}
            for key in to.keyframes
        ]
    return answer
