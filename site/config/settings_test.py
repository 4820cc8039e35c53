"""What tests change: cheap hashing, tasks in place, a database cloned from a template."""

import os
import re

# each parallel test process has a Redis database of its own
if os.environ.get("PYTEST_XDIST_WORKER") and os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = re.sub(
        r"/\d+$",
        "/" + str(int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")) + 1),
        os.environ["REDIS_URL"],
    )

from config.settings import *  # noqa: F403

SECRET_KEY = "only-for-tests"  # noqa: S105
DATABASES["default"]["TEST"] = {  # noqa: F405
    "NAME": os.environ.get("AMI_TEST_DATABASE", "test_ami"),
    "TEMPLATE": os.environ.get("AMI_TEST_TEMPLATE") or None,
    "MIGRATE": not os.environ.get("AMI_TEST_TEMPLATE"),
}
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = False
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
STAFF_MFA_REQUIRED = False
LOGGING["root"]["level"] = "ERROR"  # type: ignore[index]  # noqa: F405
# a busy test machine is not an outage
CACHES["default"]["OPTIONS"] = {"socket_timeout": 10, "socket_connect_timeout": 10}  # noqa: F405
