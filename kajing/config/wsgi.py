"""The WSGI application that granian serves."""

import atexit
import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kajing.config.settings")
application = get_wsgi_application()


def settle() -> None:
    """Load every page's code now, and let the collector pass over it from here on.

    What a process loads stays for its life. Walked over with the rest it cost some request in a few hundred 150 ms.
    """
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018  the look loads it
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # libraries count what is left at the end and call it leaks


settle()
