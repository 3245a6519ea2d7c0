"""Django's settings, made from NaruTalk's. Django wants a module, so this is where the manager reads them."""

from pathlib import Path
from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from django_admin.config.databases import database_config
from django_admin.config.navigation import NAVIGATION
from django_admin.config.secret import secret_key
from narutalk.clock import COMPANY_TIME_ZONE
from narutalk.settings import load_settings

NARUTALK = load_settings()
PRODUCTION = NARUTALK.env == "production"

DEBUG = False
SECRET_KEY = secret_key(NARUTALK)
DATABASES = {"default": database_config(NARUTALK)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "django_admin.config.urls"
ASGI_APPLICATION = "django_admin.config.asgi.application"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "servestatic",
    "django_tasks",
    "django_tasks_db",
    "ninja",  # its own copy of Swagger UI: the docs need no other site
    "django_admin.accounts",
    "django_admin.conversations",
    "django_admin.memories",
    "django_admin.reviews",
    "django_admin.monitoring",
    "django_admin.tracing",
    "django_admin.evaluations",
    "django_admin.imports",
    "django_admin.web",
]
MIDDLEWARE = [
    "django_admin.config.middleware.route_template",
    "django_admin.config.middleware.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django_admin.gateway.errors.api_errors",
    "django_admin.gateway.quota.quota_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_admin.config.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = reverse_lazy("login")
LOGIN_REDIRECT_URL = reverse_lazy("chat")
LOGOUT_REDIRECT_URL = reverse_lazy("login")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ko", "한국어")]
LOCALE_PATHS = [Path(__file__).parents[1] / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = COMPANY_TIME_ZONE.key
LANGUAGE_COOKIE_NAME = "narutalk_language"

STATIC_URL = "/static/"
SERVESTATIC_USE_FINDERS = True  # straight from the packages: no collectstatic step
SERVESTATIC_ALLOW_ALL_ORIGINS = False

ALLOWED_HOSTS = [
    *{"localhost", "127.0.0.1", "[::1]", NARUTALK.host},
    *(host.strip() for host in NARUTALK.allowed_hosts.split(",") if host.strip()),
]
CSRF_TRUSTED_ORIGINS = [origin.strip() for origin in NARUTALK.trusted_origins.split(",") if origin.strip()]
CSRF_FAILURE_VIEW = "django_admin.web.errors.csrf_failure"
CSRF_COOKIE_NAME = "narutalk_csrf"
CSRF_COOKIE_HTTPONLY = True  # pages carry the token in their markup
CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "narutalk_session"
SESSION_COOKIE_SECURE = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

# The worker serves each queue in a thread of its own, so that long work does not hold up the health checks.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "monitoring"]}}

LOGGING_CONFIG = None  # narutalk.telemetry.logs does it

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "NaruTalk",
    "SITE_HEADER": "NaruTalk",
    "SITE_SUBHEADER": _("Administration"),
    "SITE_URL": "/",
    "SITE_SYMBOL": "forum",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("web/logo.svg")}
    ],
    "BORDER_RADIUS": "8px",
    "SHOW_HISTORY": True,
    "COLORS": {
        "primary": {
            "50": "oklch(97.5% .016 195)",
            "100": "oklch(94.5% .035 195)",
            "200": "oklch(89% .06 195)",
            "300": "oklch(81% .085 195)",
            "400": "oklch(71% .1 195)",
            "500": "oklch(61% .095 195)",
            "600": "oklch(52% .085 195)",
            "700": "oklch(45% .073 195)",
            "800": "oklch(39% .06 195)",
            "900": "oklch(34% .05 195)",
            "950": "oklch(25% .04 195)",
        }
    },
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": NAVIGATION},
}
