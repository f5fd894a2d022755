"""Settings of the test process, as the command line makes them: one thread for small matrices."""

import os

from browsers import browser, desk, photos, studio, visit  # noqa: F401 (fixtures of the page's tests)
from hypothesis import settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
if "PYTEST_XDIST_WORKER" in os.environ:  # workers side by side: threads of each would wait for the other's
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A loaded machine takes longer than hypothesis allows by default; nothing here is asserted about time.
settings.register_profile("mien", deadline=None)
settings.load_profile("mien")
