"""What can be asked for: one request a task; the command line and the Python keywords are drawn from it.

The text under a field is its help; the default beside it stands nowhere else.
"""

from mien.requests.photos import CAMERA_SECONDS as CAMERA_SECONDS
from mien.requests.photos import PAINTER as PAINTER
from mien.requests.photos import SECONDS as SECONDS
from mien.requests.photos import AnimateRequest as AnimateRequest
from mien.requests.photos import Box as Box
from mien.requests.photos import EditRequest as EditRequest
from mien.requests.photos import MeasureRequest as MeasureRequest
from mien.requests.photos import Request as Request
from mien.requests.photos import SheetRequest as SheetRequest
from mien.requests.photos import TransferRequest as TransferRequest
from mien.requests.photos import place as place
from mien.requests.sets import AugmentRequest as AugmentRequest
from mien.requests.sets import PrepareRequest as PrepareRequest
from mien.requests.sets import RecogniseRequest as RecogniseRequest
from mien.requests.sets import TrainRequest as TrainRequest
