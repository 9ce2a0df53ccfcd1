"""What a file is, by its content. A short list is allowed; everything else is refused with a sentence."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from django.utils.translation import gettext as _

from kajing.lib.errors import DomainError

# Media type → the endings its names may have; the first is given to a name without one.
ALLOWED = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "text/plain": (".txt", ".csv"),
}
_IMAGES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_PIXELS = 50_000_000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_PARTS = 5000


class FileRefused(DomainError):
    """The file is too big, of a kind that is not taken, or not what its name says."""

    status = 422


@dataclass(frozen=True)
class Inspected:
    """A file that may be kept: its bytes (images without camera and place), its kind and an honest name."""

    content: bytes
    media_type: str
    name: str


def inspect(name: str, content: bytes, *, keep_place: bool = False) -> Inspected:
    """Look into a file. `keep_place` leaves where and when a photo was taken in it, as proof of a visit.

    Raises FileRefused.
    """
    if not content:
        raise FileRefused(_("The file is empty."))
    image = _image(content)
    found = image[0] if image else _pdf(content) or _office(content) or _text(content)
    if found is None:
        raise FileRefused(_("Only JPEG, PNG and WebP images, PDF, Word (docx), Excel (xlsx) and text files are taken."))
    kept = image[1] if image and not keep_place else content
    return Inspected(kept, found, _name(name, found))


def _name(name: str, media_type: str) -> str:
    path = PurePath(name.replace("\\", "/").replace("\0", ""))
    stem = "".join(char for char in path.stem if char.isprintable() and char not in '/\\:*?"<>|')[:100].strip(". ")
    endings = ALLOWED[media_type]
    if path.suffix and path.suffix.lower() not in endings:
        raise FileRefused(
            _("The name ends with %(ending)s, but the content is %(kind)s. Give it its own ending.")
            % {"ending": path.suffix[:12], "kind": endings[0]}
        )
    return f"{stem or 'file'}{path.suffix.lower() or endings[0]}"


def _image(content: bytes) -> tuple[str, bytes] | None:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=list(_IMAGES)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise FileRefused(_("The image has too many pixels; make it smaller."))
            kind = str(image.format)
            turned = ImageOps.exif_transpose(image)  # the turn is part of what is stripped
            out = io.BytesIO()
            options = {"quality": 92} if kind != "PNG" else {}
            turned.save(out, kind, icc_profile=image.info.get("icc_profile"), exif=b"", **options)
    except UnidentifiedImageError:
        return None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise FileRefused(_("The image is damaged; save it again and attach that.")) from None
    return _IMAGES[kind], out.getvalue()


def _pdf(content: bytes) -> str | None:
    return "application/pdf" if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:] else None


def _office(content: bytes) -> str | None:
    if not content.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError):
        return None
    names = {part.filename for part in parts}
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise FileRefused(_("The file unpacks to more than is taken."))
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise FileRefused(_("Files with macros are not taken; save it as docx or xlsx."))
    return next((kind for part, kind in _OFFICE.items() if part in names and "[Content_Types].xml" in names), None)


def _text(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if any(ord(char) < 32 and char not in "\r\n\t\f" for char in text) else "text/plain"
    return None
