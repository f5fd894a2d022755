"""Settings of the test process, as the command line makes them: one thread for small matrices."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
