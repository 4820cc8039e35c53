#!/bin/sh
# One process type per container: release, web, tasks or beat.
set -eu
case "${1:-web}" in
release) python manage.py migrate --noinput && python manage.py setup_groups && exec python manage.py collectstatic --noinput -v 0 ;;
web) exec gunicorn --config compose/gunicorn.conf.py ;;
tasks) exec celery -A config worker --loglevel INFO --concurrency "${AMI_TASK_WORKERS:-2}" ;;
beat) exec celery -A config beat --loglevel INFO ;;
*) exec "$@" ;;
esac
