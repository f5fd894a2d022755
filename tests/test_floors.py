"""The shape of the house: imports only point downward, the core is light, and nothing dangerous is called."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("src/**/*.py"), *ROOT.glob("tools/**/*.py"), *ROOT.glob("benchmarks/**/*.py")])


def test_imports_only_point_downward():
    linter = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", linter], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def dangers(tree: ast.AST) -> list[str]:
    """Calls and imports that could run what a file says."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{alias.name}" for alias in node.names] + [node.module or ""]
        elif isinstance(node, ast.Call):
            found.append(f"{ast.unparse(node.func)}(")
            found += [f"{word.arg}={ast.unparse(word.value)}" for word in node.keywords]
    banned = r"(pickle|dill|joblib)(\.|$)|torch\.load\(?$|(eval|exec)\($|shell=True|os\.(system|popen)\(?$"
    return [name for name in found if re.match(banned + r"|yaml\.load\(?$|allow_pickle=True|marshal\.", name)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_unpickles_evaluates_or_starts_a_shell(path):
    assert dangers(ast.parse(path.read_text(encoding="utf-8"))) == []


def test_the_scan_sees_what_it_should():
    bad = "import pickle\nfrom os import system\nos.system('x')\neval('1')\nrun('x', shell=True)\n"
    bad += "np.load(f, allow_pickle=True)\ntorch.load(f)\nyaml.load(f)\nfrom pickle import loads\n"
    assert len(dangers(ast.parse(bad))) >= 9
    assert dangers(ast.parse("model.eval()\nnp.load(f)\nself.exec_\nyaml.safe_load(f)")) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_opens_with_what_it_is_for(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring and docstring.splitlines()[0].endswith((".", ":"))
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 320


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["list"], "fev-gan "),
        (["show", "fev-gan"], "classes = anger,disgust,fear,happiness,sadness,surprise "),
        (["train", "fev-gan", "--help"], "--identity-weight "),
    ],
)
def test_the_catalogue_is_read_without_torch(call, said):
    code = f"import sys, mien.__main__ as m\ntry:\n  m.main({call})\nexcept SystemExit:\n  pass\n"
    code += "print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False" and said in done.stdout


def test_the_command_line_starts_light():
    heavy = ["cv2", "numba", "dlib", "av", "PIL", "numpy", "matplotlib", "tyro", "rich", "torch"]
    code = f"import sys, mien, mien.__main__; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
