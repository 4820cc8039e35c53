"""The application server in production; nginx stands in front of it."""

import multiprocessing
import os

wsgi_app = "config.wsgi:application"
bind = os.environ.get("AMI_BIND", "0.0.0.0:8000")
workers = int(os.environ.get("AMI_WEB_WORKERS", str(multiprocessing.cpu_count())))
worker_class = "gthread"
threads = int(os.environ.get("AMI_WEB_THREADS", "8"))
keepalive = 75  # longer than nginx keeps its connections: it does not repeat a POST
timeout = 30
graceful_timeout = 20
max_requests = 100_000
max_requests_jitter = 10_000
accesslog = None
preload_app = False
