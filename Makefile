# make help says what each of these does.
PY := .venv/bin/python
AMI := sh compose/local/ami.sh
PROD := AMI_DEBUG=off AMI_BASE_URL=https://school.example.com AMI_MAIL_URL=smtp+tls://u:p@mail.example.com AMI_SECRET_KEY=$$($(PY) -c "import secrets; print(secrets.token_urlsafe(64))")

.DEFAULT_GOAL := help
.PHONY: help run smoke test check format messages contract bench without-journal client setup lock

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

run: ## the demo school on http://localhost:8000 (PORT=8123 make run for another port)
	@$(AMI) run

smoke: ## start the demo school, fetch its main pages, stop
	@$(AMI) run --check

test: ## every test, on real PostgreSQL, Redis and Chromium
	@$(AMI) test

setup: ## the developers' environment and the commit hook
	@$(AMI) setup-dev
	@[ ! -d .git ] || .venv/bin/pre-commit install -q

check: setup-quiet ## style, types, import rules, templates, migrations, deployment settings
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/djlint --lint --quiet templates $$(ls -d journal/templates 2>/dev/null)
	AMI_DEBUG=on .venv/bin/mypy
	.venv/bin/lint-imports
	[ ! -f journal/.importlinter ] || .venv/bin/lint-imports --config journal/.importlinter
	AMI_DEBUG=on $(PY) -W ignore manage.py makemigrations --check --dry-run
	$(PROD) $(PY) manage.py check --deploy --fail-level WARNING

.PHONY: setup-quiet
setup-quiet:
	@$(AMI) setup-dev

format: setup-quiet ## put code and imports into shape
	.venv/bin/ruff check --fix -q . || true
	.venv/bin/ruff format -q .

messages: setup-quiet ## collect strings to translate into locale/*/django.po
	$(PY) -m compose.local.messages

contract: setup-quiet ## write the worker API's contract file from the running code
	AMI_DEBUG=on $(PY) manage.py export_openapi_schema --api worker_api.api.api --indent 2 --sorted --output worker_client/src/ami_worker/openapi.json

bench: setup-quiet ## speed, as ratios against references measured in the same run
	$(PY) -m bench

without-journal: setup-quiet ## the platform's tests in a copy without the optional room
	$(PY) -m compose.local.without_room journal

client: setup-quiet ## the worker distribution's own checks
	cd worker_client && ../.venv/bin/ruff format --check . && ../.venv/bin/ruff check . && ../.venv/bin/mypy && ../.venv/bin/lint-imports && ../.venv/bin/python -m pytest -q

lock: ## pin requirements*.in with hashes (needs uv)
	uv pip compile --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header --no-annotate requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header --no-annotate requirements-dev.in -o requirements-dev.txt
