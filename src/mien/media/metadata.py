"""What a file says about how it was made (provenance), and the camera's notes that may stay with it."""

import json
import re
from dataclasses import asdict, dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from PIL import Image

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC digital source type of every output: a real picture combined with what a trained model made."""

_NAMESPACES = {
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "mien": "urn:mien:provenance:1#",
}
_PROPERTIES = {
    "source_type": "Iptc4xmpExt:DigitalSourceType",
    "software": "xmp:CreatorTool",
    "expression": "mien:expression",
    "settings_hash": "mien:settingsHash",
    "input_sha256": "mien:inputSha256",
}
_LONGEST_TEXT = 8000  # characters; a JPEG segment holds 64 KB, and the settings hash covers the rest

# Kept: description, camera, date, artist, copyright, exposure, lens. Everything else goes: GPS, maker notes,
# serial numbers, owner's name, comments, the old orientation, and the thumbnail, which shows the old face.
_SAFE_TAGS = (270, 271, 272, 306, 315, 33432)
_SAFE_CAMERA_TAGS = (
    *(33434, 33437, 34850, 34855, 36864, 36867, 36868, 36880, 36881, 36882),
    *(37377, 37378, 37380, 37383, 37384, 37385, 37386, 40961, 41986, 41987, 41989, 42034, 42035, 42036),
)
_CAMERA, _ORIENTATION, _SOFTWARE = 0x8769, 274, 305
_LONGEST_NOTES = 30_000  # bytes


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What made a file; written into it so that anybody can tell."""

    expression: str
    """The expression or performance shown, in the expression language."""
    software: str
    """Name and version, as in `mien 0.1.0`."""
    settings_hash: str
    """Hash of all settings of the run."""
    input_sha256: str
    """SHA-256 of the input file."""

    def as_dict(self) -> dict[str, str]:
        """The four fields and `source_type`, texts cut to 8,000 characters."""
        fields = {"source_type": SOURCE_TYPE} | asdict(self)
        return {name: _one_line(text) for name, text in fields.items()}

    def as_json(self) -> str:
        """One line of JSON: the comment of films, which have no place for XMP."""
        return json.dumps(self.as_dict())

    def as_xmp(self) -> bytes:
        """An XMP packet (ISO 16684-1) with the IPTC digital source type."""
        spaces = "".join(f" xmlns:{short}={quoteattr(uri)}" for short, uri in _NAMESPACES.items())
        fields = self.as_dict()
        values = "".join(f" {tag}={quoteattr(fields[name])}" for name, tag in _PROPERTIES.items())
        return (
            '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f'<rdf:Description rdf:about=""{spaces}{values}/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
        ).encode()


def _one_line(text: str) -> str:
    """Control characters have no place in XML."""
    return re.sub(r"[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", text)[:_LONGEST_TEXT]


def from_xmp(packet: bytes) -> dict[str, str]:
    """The provenance in an XMP packet, by the names of `as_dict`; empty where it is not mien's."""
    if b"<!" in packet:  # no XMP has declarations; entity bombs have
        return {}
    try:
        root = ElementTree.fromstring(packet.strip(b"\0 \r\n"))
    except ElementTree.ParseError:
        return {}
    found = {}
    for name, tag in _PROPERTIES.items():
        space, _, local = tag.partition(":")
        for element in root.iter():
            value = element.get(f"{{{_NAMESPACES[space]}}}{local}")
            if value is not None:
                found[name] = value
    return found if "settings_hash" in found else {}


def from_json(comment: str | bytes) -> dict[str, str]:
    """The provenance in a film's comment; empty where it is not mien's."""
    try:
        found = json.loads(comment)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and found.get("source_type") == SOURCE_TYPE else {}


def camera_notes(image: Image.Image) -> tuple[int, bytes]:
    """The EXIF orientation (1..8) of an opened picture, and its safe EXIF as bytes (perhaps none)."""
    orientation = 1
    try:
        source, safe = image.getexif(), Image.Exif()
        orientation = source.get(_ORIENTATION, 1)
        safe.update({tag: source[tag] for tag in _SAFE_TAGS if tag in source})
        camera = source.get_ifd(_CAMERA)
        safe.get_ifd(_CAMERA).update({tag: camera[tag] for tag in _SAFE_CAMERA_TAGS if tag in camera})
        notes = safe.tobytes() if safe or safe.get_ifd(_CAMERA) else b""
        again = Image.Exif()
        again.load(notes)
        again.tobytes()
    except Exception:  # EXIF is damaged in every possible way; that must not cost the user the picture
        notes = b""
    known = orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1
    return known, notes if len(notes) <= _LONGEST_NOTES else b""


def exif(notes: bytes, provenance: Provenance) -> Image.Exif:
    """The safe EXIF of a picture to save: the camera's notes, upright, with the software's name."""
    tags = Image.Exif()
    tags.load(notes)
    tags[_ORIENTATION] = 1
    tags[_SOFTWARE] = _one_line(provenance.software)
    return tags
