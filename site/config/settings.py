"""Everything from the environment; unknown values stop the start.

Every variable read here is described in docs/settings.md (a test keeps both in step).
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from config import env, mailers
from config.features import optional_room

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env.text("AMI_VAR_DIR", str(BASE_DIR / "var")))

# -- What kind of place this is ------------------------------------------------
DEBUG = env.flag("AMI_DEBUG")
BASE_URL = env.text("AMI_BASE_URL", "http://localhost:8000").rstrip("/")
SECURE = urlsplit(BASE_URL).scheme == "https"
SECRET_KEY = env.secret("AMI_SECRET_KEY", "only-for-development" * 3 if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("AMI_SECRET_KEY is not set (needed unless AMI_DEBUG=on)")
ALLOWED_HOSTS = env.listing(
    "AMI_ALLOWED_HOSTS",
    "*" if DEBUG else urlsplit(BASE_URL).hostname or "",
)
CERTIFICATE_KEY = env.secret("AMI_CERTIFICATE_KEY")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SITE_NAME = env.text("AMI_SITE_NAME", "AMI")

# -- Rooms ---------------------------------------------------------------------
JOURNAL_ENABLED = optional_room(
    env.text("AMI_JOURNAL") or None,
    present=(BASE_DIR / "journal" / "apps.py").is_file(),
    variable="AMI_JOURNAL",
)
INSTALLED_APPS = [
    "config",
    "billing",
    "courses",
    "website",
    "worker_api",
    "accounts",
    "outbox",
    "audit",
    *(["journal"] if JOURNAL_ENABLED else []),
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "djstripe",
    "ninja",
    "django_htmx",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.simple_translation",
    "wagtail.contrib.sitemaps",
    "wagtail.contrib.table_block",
    "wagtail.api.v3",
    "wagtail.locales",
    "wagtail.embeds",
    "wagtail.sites",
    "accounts.apps.AdminUsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.headers.SiteHeadersMiddleware",
    "website.page_cache.PageCacheMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.sessions.SessionSeenMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.staff.StaffMfaMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "courses.publish_doors.RefusalMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "wagtail.contrib.settings.context_processors.settings",
                "accounts.context.account",
                "website.context.site",
            ],
        },
    },
]

# -- Database, cache, queue ----------------------------------------------------
DATABASE_URL = env.secret("DATABASE_URL", "postgres://ami@localhost/ami")
_DATABASE = dj_database_url.parse(
    DATABASE_URL, conn_max_age=60, conn_health_checks=True
)
if _DATABASE["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database")
_OPTIONS = {"connect_timeout": 3, "prepare_threshold": 2}  # see accounts.prepared
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **_DATABASE,
        "OPTIONS": _OPTIONS | _DATABASE.get("OPTIONS", {}),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.secret("REDIS_URL")
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {
            "BACKEND": "config.cache.FailOpenRedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "ami",
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())

CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_TIMEOUT = 0.5
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "socket_timeout": 5,
    "socket_connect_timeout": 0.5,
    "max_retries": 0,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep-outbox": {"task": "outbox.tasks.sweep", "schedule": 30.0},
    "sweep-stripe-inbox": {"task": "billing.tasks.sweep_inbox", "schedule": 30.0},
    "sweep-lists": {"task": "courses.tasks.sweep_enrolment_lists", "schedule": 60.0},
    "publish-scheduled": {"task": "website.tasks.publish_scheduled", "schedule": 60.0},
    "close-quizzes": {"task": "courses.tasks.close_quizzes", "schedule": 60.0},
    "course-mails": {"task": "courses.tasks.sweep_mails", "schedule": 3600.0},
    "billing-reconcile": {"task": "billing.tasks.reconcile", "schedule": 86400.0},
    "billing-purge": {"task": "billing.tasks.purge_inbox", "schedule": 86400.0},
}

# -- People --------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "accounts.hashers.Argon2idHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:dashboard"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_CHANGE_EMAIL = True  # one address, replaced once the new one is confirmed
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {"signup": "accounts.forms.SignupForm"}
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"
USERSESSIONS_TRACK_ACTIVITY = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
# Staff must set up a second factor before the admin opens; the demo leaves it off.
STAFF_MFA_REQUIRED = env.flag("AMI_STAFF_MFA", default=not DEBUG)
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("AMI_TRUSTED_PROXIES", 0)

# -- Languages and time --------------------------------------------------------
LANGUAGE_CODE = "es"
LANGUAGES = [("es", _("Spanish")), ("en", _("English"))]
WAGTAIL_CONTENT_LANGUAGES = [("es", "Español"), ("en", "English")]
WAGTAILADMIN_PERMITTED_LANGUAGES = [("es", "Español"), ("en", "English")]
WAGTAIL_I18N_ENABLED = True
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_COOKIE_NAME = "language"
FORMAT_MODULE_PATH = ["config.formats"]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "vendor"]

# -- Files ---------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("AMI_STATIC_ROOT", str(VAR_DIR / "static")))
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.text("AMI_MEDIA_ROOT", str(VAR_DIR / "media")))
PRIVATE_ROOT = Path(env.text("AMI_PRIVATE_ROOT", str(VAR_DIR / "private")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(PRIVATE_ROOT), "base_url": None},
    },
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024 + 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# -- Mail ----------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.text("AMI_MAIL_FROM", "AMI <school@example.com>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAILERS = mailers.from_url(env.secret("AMI_MAIL_URL", f"file://{VAR_DIR / 'mail'}"))

# -- Wagtail -------------------------------------------------------------------
WAGTAIL_SITE_NAME = SITE_NAME
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_FINISH_WORKFLOW_ACTION = "courses.approval.publish_approved"
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp", "avif"]
WAGTAILDOCS_EXTENSIONS = [
    "csv", "docx", "md", "mp4", "pdf", "txt", "vtt", "webm", "xlsx", "zip",
]  # fmt: skip
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_BLOCK_EMBEDDED_CONTENT = True
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILAPI_DOCS_ENABLED = DEBUG
# one index, Spanish and English words in it; "en" only asks it the English way
WAGTAILSEARCH_BACKENDS = {
    "default": {"BACKEND": "website.search_backend", "SEARCH_CONFIG": "ami_es"},
    "en": {
        "BACKEND": "website.search_backend",
        "SEARCH_CONFIG": "ami_en",
        "AUTO_UPDATE": False,
    },
}

# -- Stripe --------------------------------------------------------------------
STRIPE_SECRET_KEY = env.secret("STRIPE_SECRET_KEY")
STRIPE_PUBLISHABLE_KEY = env.text("STRIPE_PUBLISHABLE_KEY")
STRIPE_WEBHOOK_SECRETS = [
    part.strip()
    for part in env.secret("STRIPE_WEBHOOK_SECRET").split(",")
    if part.strip()
]
BILLING_ENABLED = bool(STRIPE_SECRET_KEY)
STRIPE_LIVE_MODE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
STRIPE_LIVE_SECRET_KEY = STRIPE_SECRET_KEY if STRIPE_LIVE_MODE else ""
STRIPE_TEST_SECRET_KEY = "" if STRIPE_LIVE_MODE else STRIPE_SECRET_KEY
STRIPE_API_VERSION = "2026-08-26.dahlia"
_STRIPE_API_HOST = env.text("STRIPE_API_HOST")
if _STRIPE_API_HOST:
    STRIPE_API_HOST = _STRIPE_API_HOST
# Where a checkout form may lead the browser (CSP form-action); the stand-in's in a demo.
STRIPE_CHECKOUT_ORIGINS = env.listing(
    "STRIPE_CHECKOUT_ORIGINS", "https://checkout.stripe.com,https://billing.stripe.com"
)
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
BILLING_GRACE_DAYS = env.integer("AMI_GRACE_DAYS", 7)
BILLING_LEEWAY_HOURS = env.integer("AMI_LEEWAY_HOURS", 72)
# while a payment is disputed, and while collection is paused without voiding the invoices
BILLING_SUSPEND_DISPUTED = env.flag("AMI_SUSPEND_DISPUTED", default=False)
BILLING_PAUSED_OPENS = env.flag("AMI_PAUSED_OPENS", default=False)

# -- Workers -------------------------------------------------------------------
WORKER_API_DOCS = env.flag("AMI_WORKER_API_DOCS", default=DEBUG)
WORKER_RATE_PER_MINUTE = env.integer("AMI_WORKER_RATE", 600)
TRUSTED_PROXIES = env.listing("AMI_TRUSTED_PROXY_ADDRESSES", "127.0.0.1,::1")

# -- Safety --------------------------------------------------------------------
SECURE_CSP: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "media-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "frame-src": ["https://www.youtube-nocookie.com", "https://player.vimeo.com"],
    "form-action": [CSP.SELF, *STRIPE_CHECKOUT_ORIGINS],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.SELF],
}
X_FRAME_OPTIONS = "SAMEORIGIN"  # the editor's preview is a frame of the same site
SILENCED_SYSTEM_CHECKS = ["security.W019"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
if SECURE:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SECURE_HSTS_SECONDS = 63_072_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# -- Logs ----------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("AMI_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {
            "handlers": ["console"],
            "level": "WARNING",
            "propagate": False,
        },
        "django_tasks": {"level": "WARNING"},
        "wagtail": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        "stripe": {"level": "WARNING"},
    },
}
