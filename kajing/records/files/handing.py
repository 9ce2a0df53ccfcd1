"""How the bytes of a file leave: always as a download, never as a page, and kept by nobody on the way."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse


def as_download(name: str, media_type: str, content: bytes) -> HttpResponse:
    """The answer that hands a file out."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return HttpResponse(content, content_type=media_type, headers=headers)
