"""The look of each request, and the manners of each answer."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.response import SimpleTemplateResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from kajing.ui.answers import UNDO_TAG, is_partial, leaves_page, trigger
from kajing.ui.look import look_of

Handler = Callable[[HttpRequest], HttpResponse]


class Preferences:
    """Puts ``request.look`` on the request and speaks its language; profile, then cookie, then browser."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        look = look_of(request)
        request.look = look  # type: ignore[attr-defined]
        with translation.override(look.language):
            request.LANGUAGE_CODE = look.language
            response = self.get_response(request)
            if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                response.render()
        response.headers.setdefault("Content-Language", look.html_lang)
        return response


class Responses:
    """Partial answers: messages become toasts, a lost session leads to sign-in. Pages with data are never stored."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "htmx", None):
            response = self._partial(request, response)
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(response, ["HX-Request", "HX-Request-Type", "Cookie"])
        return response

    def _partial(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if response.status_code == 302 and response["Location"].startswith(resolve_url("account_login")):
            return self._sign_in(request)
        if is_partial(request) and not leaves_page(response):
            for message in get_messages(request):
                tags = message.extra_tags or ""
                undo = tags.removeprefix(UNDO_TAG) if tags.startswith(UNDO_TAG) else ""
                tone = "bad" if message.level_tag == "error" else ""
                trigger(response, toast={"text": str(message), "undo": undo, "tone": tone})
        return response

    def _sign_in(self, request: HttpRequest) -> HttpResponse:
        """The session is over: 401, and the whole page goes to sign-in and comes back."""
        back = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
        response = HttpResponse(status=401)
        response.headers["HX-Redirect"] = f"{resolve_url('account_login')}?next={quote(back, safe='/')}"
        return response
