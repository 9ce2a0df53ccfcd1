"""The product's settings for tests: a home of their own, cheap passwords, plain static files, mail kept in memory."""

import os
import tempfile

# Set before the product's settings are read: no test may touch the folder a developer works in.
os.environ["KAJING_HOME"] = os.environ.get("KAJING_TEST_HOME") or tempfile.mkdtemp(prefix="kajing-tests-")
os.environ.pop("KAJING_WAREHOUSE", None)
os.environ.pop("KAJING_KEY_FILE", None)
os.environ.pop("KAJING_PUBLIC_URL", None)

from kajing.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405  the middleware that serves it warns of a missing folder
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
KAJING_API_PER_MINUTE = 0  # tests ask faster than people; tests/org/test_limits.py sets its own
