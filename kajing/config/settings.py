"""Settings from the environment, each with a safe default. See docs/reference/settings.md."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url

from kajing.lib.crypto import ensure_key_file, load_keys, read_key_file
from kajing.ui.policy import CONTENT_SECURITY_POLICY  # noqa: F401  a setting of django-csp

PACKAGE = Path(__file__).resolve().parent.parent

# -- where things live --------------------------------------------------------------------------------------------
KAJING_HOME = Path(os.environ.get("KAJING_HOME", "var")).resolve()
KAJING_WAREHOUSE = Path(os.environ.get("KAJING_WAREHOUSE", KAJING_HOME / "warehouse")).resolve()
KAJING_WAREHOUSE_MEMORY = os.environ.get("KAJING_WAREHOUSE_MEMORY", "4GB")
KAJING_WAREHOUSE_THREADS = int(os.environ.get("KAJING_WAREHOUSE_THREADS", "0")) or None
# Files that people attach to records: encrypted, outside everything that is served.
KAJING_FILES = Path(os.environ.get("KAJING_FILES", KAJING_HOME / "files")).resolve()
KAJING_FILE_MB = int(os.environ.get("KAJING_FILE_MB", "10"))
KAJING_ENGINE = os.environ.get("KAJING_ENGINE", "")
KAJING_KEY_FILE = Path(os.environ.get("KAJING_KEY_FILE", KAJING_HOME / "keys")).resolve()
if not KAJING_KEY_FILE.exists():
    ensure_key_file(KAJING_KEY_FILE)
KAJING_KEYS = load_keys(KAJING_KEY_FILE)
SECRET_KEY = read_key_file(KAJING_KEY_FILE)["session"]

# A database made by `kajing demo` is marked by this file: loopback only, a banner, no forced second factor (rule R19).
KAJING_DEMO_MARK = KAJING_HOME / "demo"
KAJING_DEMO = KAJING_DEMO_MARK.exists()

DEBUG = os.environ.get("KAJING_DEBUG") == "1"

# -- address: https turns on secure cookies; otherwise only loopback is served -------------------------------------
KAJING_PUBLIC_URL = os.environ.get("KAJING_PUBLIC_URL", "")
_public = urlsplit(KAJING_PUBLIC_URL)
HTTPS = _public.scheme == "https"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"] + ([_public.hostname] if _public.hostname else [])
CSRF_FAILURE_VIEW = "kajing.ui.views.csrf_failure"
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"] if _public.netloc else []
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# -- sessions (platform S4): idle 15 minutes, absolute 12 hours (org.middleware) ------------------------------------
SESSION_COOKIE_NAME = "kajing_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
KAJING_IDLE_SECONDS = int(os.environ.get("KAJING_IDLE_SECONDS", "900"))

# -- rooms, from the top of the house down --------------------------------------------------------------------------
ROOMS = [
    "config",
    "workbench",
    "insights",
    "objects",
    "sales",
    "risk",
    "complaints",
    "workflow",
    "contact",
    "customers",
    "products",
    "imports",
    "notifications",
    "records",
    "reference",
    "org",
    "queue",
    "audit",
    "ui",
    "api",
]
INSTALLED_APPS = [
    *(f"kajing.{room}" for room in ROOMS),
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "django_tasks",
    "simple_history",
    "template_partials",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "kajing.api.middleware.RequestId",
    "kajing.api.middleware.ApiAnswers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kajing.org.middleware.BearerSignIn",
    "kajing.org.middleware.SessionRules",
    "kajing.ui.middleware.Preferences",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "kajing.org.middleware.SecondFactor",
    "kajing.org.later.SentLater",
    "kajing.org.middleware.Refusals",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "kajing.ui.middleware.Responses",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "kajing.config.urls"
WSGI_APPLICATION = "kajing.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kajing.ui.context.shell",
            ],
        },
    },
]

# -- databases ------------------------------------------------------------------------------------------------------
DATABASES = {"default": dj_database_url.parse(os.environ.get("DATABASE_URL", f"sqlite:///{KAJING_HOME / 'kajing.db'}"))}
_default = DATABASES["default"]
if _default["ENGINE"].endswith("sqlite3"):
    # Measured: DEFERRED lost 427 of 480 concurrent read-then-write transactions to "locked", IMMEDIATE none.
    _default["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=268435456; "
        "PRAGMA cache_size=-65536; PRAGMA foreign_keys=ON;",
    }
    _default["TEST"] = {"OPTIONS": {}}
else:
    _default["CONN_MAX_AGE"] = 300
    _default["CONN_HEALTH_CHECKS"] = True
    # Short queries of many people: compiling a plan or starting workers for it costs more than it saves, and any page
    # of an index in memory or on flash is as near as the next. Measured by `kajing bench lists` (docs/benchmarks.md).
    _default.setdefault("OPTIONS", {})["options"] = (
        "-c statement_timeout=60000 -c jit=off -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1"
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "kajing_cache"}}

# -- people ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "org.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "kajing.org.rights.RoleRights",
    "kajing.org.adapters.StaffBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "kajing.org.adapters.LongEnough",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "kajing.org.adapters.StaffOnly"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
MFA_ADAPTER = "kajing.org.adapters.SealedSecrets"
MFA_TOTP_ISSUER = "Kajing"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_USERNAME_CALLABLE = "kajing.org.adapters.sign_in_name"
AXES_LOCKOUT_CALLABLE = "kajing.org.adapters.locked_out"

# -- language, time -------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# -- static files, headers ------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("KAJING_STATIC", KAJING_HOME / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 31_536_000
# Templates only ever name hashed files; compressing both kinds would double the time of collectstatic.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# -- jobs, mail -----------------------------------------------------------------------------------------------------
# Every morning the worker loads new feed days of this folder, then runs the night (config/jobs.py).
KAJING_FEEDS = Path(os.environ["KAJING_FEEDS"]).resolve() if os.environ.get("KAJING_FEEDS") else None
KAJING_NIGHT_TIME = os.environ.get("KAJING_NIGHT_TIME", "05:30")
TASKS = {"default": {"BACKEND": "kajing.queue.backend.LeasedBackend", "QUEUES": []}}
# Requests a minute of one token or person at the API, shared out over the web processes; 0: no limit (org/limits.py).
KAJING_API_PER_MINUTE = int(os.environ.get("KAJING_API_PER_MINUTE", "3000"))
KAJING_WEB_WORKERS = int(os.environ.get("KAJING_WEB_WORKERS", "1"))
EMAIL_BACKEND = os.environ.get("KAJING_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = os.environ.get("KAJING_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("KAJING_SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("KAJING_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("KAJING_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("KAJING_SMTP_TLS", "0") == "1"
EMAIL_TIMEOUT = 20
KAJING_ANCHOR_MAIL = os.environ.get("KAJING_ANCHOR_MAIL", "")
# Hosts inside the bank that webhooks may go to although their address is private, by comma.
KAJING_WEBHOOK_HOSTS = frozenset(filter(None, os.environ.get("KAJING_WEBHOOK_HOSTS", "").split(",")))
DEFAULT_FROM_EMAIL = os.environ.get("KAJING_MAIL_FROM", "kajing@localhost")

# -- messages to customers (docs/reference/channels.md, docs/reference/mail.md) ---------------------------------------
KAJING_CHANNELS = {
    name: {
        "url": os.environ.get(f"KAJING_{name}_URL", ""),
        "secret": os.environ.get(f"KAJING_{name}_SECRET", ""),
    }
    for name in ("SMS", "WECOM")
}
# Gateways inside the bank: its own networks by CIDR, and this machine only for a demo or a test.
KAJING_CHANNEL_NETWORKS = [
    net.strip() for net in os.environ.get("KAJING_CHANNEL_NETWORKS", "").split(",") if net.strip()
]
KAJING_CHANNEL_LOOPBACK = KAJING_DEMO or os.environ.get("KAJING_CHANNEL_LOOPBACK") == "1"
KAJING_IMAP = {
    "host": os.environ.get("KAJING_IMAP_HOST", ""),
    "port": int(os.environ.get("KAJING_IMAP_PORT", "993")),
    "user": os.environ.get("KAJING_IMAP_USER", ""),
    "password": os.environ.get("KAJING_IMAP_PASSWORD", ""),
    "tls": os.environ.get("KAJING_IMAP_TLS", "1") == "1",
    "folder": os.environ.get("KAJING_IMAP_FOLDER", "INBOX"),
}
KAJING_MAIL_REPLY_TO = os.environ.get("KAJING_MAIL_REPLY_TO", "")
KAJING_BANK_NAME = os.environ.get("KAJING_BANK_NAME", "演示银行" if KAJING_DEMO else "")
KAJING_BANK_PHONE = os.environ.get("KAJING_BANK_PHONE", "400-000-0000" if KAJING_DEMO else "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "kajing.api.logs.Redact"}},
    "formatters": {"json": {"()": "kajing.api.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["redact"]}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("KAJING_LOG_LEVEL", "WARNING")},
}
