# Errand: every command of the project. `make` alone lists them.

# The first of these that is Python 3.13; a shim of pyenv can be there without one behind it.
PYTHON ?= $(shell for python in python3.13 python3 python; do \
  $$python $(IS_RIGHT) 2>/dev/null && echo $$python && break; done)
IS_RIGHT := -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))'

VENV := .venv
BIN := $(VENV)/bin
MINISTACK_VENV := $(VENV)/ministack
SAM_VENV := $(VENV)/sam
CHECKOV_VENV := $(VENV)/checkov
ACTIONLINT_VENV := $(VENV)/actionlint
CLIENTS := $(VENV)/clients
# `sam build` looks for python3.13 and pip on PATH: those of its own environment.
SAM_ENV := PATH="$(CURDIR)/$(SAM_VENV)/bin:$$PATH" SAM_CLI_TELEMETRY=0
# What is typed reaches a recipe as a variable of its shell, never as a part of its text.
export SAM_PORT ?= 3000
export ROUNDS ?= 15
export TIMES ?= 10
STAGE ?= dev
export CONFIG_ENV := $(STAGE:dev=default)
# Without byte code every process of the tests would put every assert together anew: 3 s each.
# What tests start is no part of this make.
PYTEST := env -u PYTHONDONTWRITEBYTECODE -u MAKEFLAGS $(BIN)/python -m pytest
FOR_STACK = $(if $(STACK),--stack "$$STACK")

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

##@ Develop

.PHONY: help
help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@ / {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z][a-z-]*:.*## / {printf "  make %-14s %s\n", $$1, $$2} \
	  /^##> / {printf "  %-19s %s\n", "", substr($$0, 5)}' $(MAKEFILE_LIST)

.PHONY: run
run: $(VENV)/.installed $(MINISTACK_VENV)/.installed ## the whole service on this machine
##> PORT=8000 of the API, DATA_DIR=.local keeps the data
##> HOST=127.0.0.1 of the API; 0.0.0.0 for a phone
##> CORS_ORIGINS=http://localhost:5173 whose pages may call it; APP_URL= of the web client; PUBLIC_URL= of the API
##> LOOPBACK_WEBHOOKS=true: webhooks and push services may be at http://127.0.0.1
##> PUSH_CONTACT=mailto:you@example.com whom push services of browsers turn to; empty: nothing is sent to browsers
##> AWS_PORT=4566 (or any free one) and AWS_HOST=127.0.0.1 of the embedded AWS
	@exec $(BIN)/python -m tools.local

.PHONY: test
test: $(VENV)/.installed $(MINISTACK_VENV)/.installed ## every quick test; none needs AWS or Docker
	@$(MAKE) --jobs=2 test-callers test-parts

# Side by side: each process collects its own half alone. Workers, of which each collects all of it,
# are worth that from four cores on.
CALLERS := tests/api tests/contract tests/e2e tests/faults tests/functions
WORKERS := $$($(BIN)/python -c 'import os; print((os.process_cpu_count() or 1) // 4 * 2)')
# Each keeps what failed last for itself.
HALF = $(PYTEST) --quiet --numprocesses=$(WORKERS) --override-ini=cache_dir=.pytest_cache/$@
.PHONY: test-callers test-parts
test-callers:
	@$(HALF) $(CALLERS)
test-parts:
	@$(HALF) $(CALLERS:%=--ignore=%)

.PHONY: test-deep
test-deep: $(VENV)/.installed $(MINISTACK_VENV)/.installed ## what takes longer: more examples, kills, the layers as built
##> DEEP=1 times as many examples
	DEEP="$${DEEP:-1}" $(PYTEST) --numprocesses=auto -m 'deep or deeper or hypothesis'

.PHONY: faults
faults: $(VENV)/.installed $(MINISTACK_VENV)/.installed ## a network and processes that fail, for longer than in `make test`
##> OPS=20000 operations, SEED=1 of what fails, KILLS=5 of each process
	OPS="$${OPS:-20000}" SEED="$${SEED:-1}" KILLS="$${KILLS:-5}" DEEP=1 $(PYTEST) tests/faults

.PHONY: test-artifact
test-artifact: build $(MINISTACK_VENV)/.installed ## tests/contract on what `sam build` made, on the embedded AWS
	$(PYTEST) tests/contract --contract=artifact

.PHONY: test-sam-local
test-sam-local: $(VENV)/.installed ## the same on a running `make sam-local`
##> SAM_PORT as given to it
	$(PYTEST) tests/contract --contract="http://127.0.0.1:$$SAM_PORT"

.PHONY: test-server
test-server: $(VENV)/.installed ## image, units and Nginx's file of a server; needs Docker, and Debian's nginx and systemd
##> PYTHON_IMAGE= the image's base, where no registry is reachable
	SERVER=1 $(PYTEST) tests/server

.PHONY: test-load
test-load: $(VENV)/.installed $(MINISTACK_VENV)/.installed ## `make test` 10 times, niced, while every core is busy
##> TIMES=10; a run ends after 20 minutes at the latest
	@$(BIN)/python -m tools.test_load --times "$$TIMES"

.PHONY: clients-check
clients-check: $(VENV)/.installed $(CLIENTS)/.installed ## four generators of clients: generate, compile strictly, walk; needs Node
	@$(BIN)/python -m tests.clients $(CLIENTS)

.PHONY: setup
setup: $(VENV)/.installed $(MINISTACK_VENV)/.installed ## install what run and test need; they do so themselves

##@ Check, build and deploy

.PHONY: check
check: $(VENV)/.installed validate ## ruff, mypy strict, cfn-lint, checkov, actionlint, tests of the template
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	DEEP=1 $(BIN)/python -m pytest tests/test_template*.py

.PHONY: validate
validate: $(SAM_VENV)/.installed $(CHECKOV_VENV)/.installed $(ACTIONLINT_VENV)/.installed ## cfn-lint, `sam validate --lint`, checkov, actionlint
	$(SAM_ENV) cfn-lint template.yaml events/subscriber/template.yaml
	$(SAM_ENV) sam validate --lint
	$(CHECKOV_VENV)/bin/checkov --config-file .checkov.yaml
	$(ACTIONLINT_VENV)/bin/actionlint .github/workflows/*.yml

.PHONY: build
build: $(VENV)/.installed $(SAM_VENV)/.installed ## `sam build`, without Docker, and the sizes of what it made
##> STAGE=prod for the settings of production in samconfig.toml
	$(SAM_ENV) sam build --config-env "$$CONFIG_ENV"
	@$(BIN)/python -m tools.sizes

.PHONY: lock
lock: $(VENV)/.installed ## hashes and licences of what is deployed, after a pin of it has changed
	$(BIN)/python -m tools.lock
	$(BIN)/python -m tools.licences

.PHONY: update
update: $(VENV)/.installed ## the newest releases that go together: pins, hashes, licences
	$(BIN)/python -m tools.update
	$(MAKE) lock

.PHONY: sbom
sbom: $(VENV)/.installed ## what `make build` or `make deploy` made last, as CycloneDX in .aws-sam/sbom.json
	$(BIN)/python -m tools.sbom

.PHONY: bench
bench: build ## speed and size beside the usual ways, into docs/performance.md; needs valgrind
##> ROUNDS=15 runs for each median; about a quarter of an hour
	$(BIN)/python -m tests.benchmarks --rounds "$$ROUNDS"

.PHONY: deploy
deploy: build ## build and deploy to AWS, with your AWS credentials and region
##> STAGE=prod as above
	@$(SAM_ENV) $(BIN)/python -m tools.deploy "$$CONFIG_ENV"

.PHONY: rollback
rollback: $(VENV)/.installed ## the version of the API before the one that serves serves again, at once
##> STACK=errand-prod; VERSION= another one that is still there
	@test -n "$$STACK" || { echo 'usage: make rollback STACK=errand-prod [VERSION=41]' >&2; exit 2; }
	@$(BIN)/python -m tools.rollback $(FOR_STACK) $(if $(VERSION),--version "$$VERSION")

.PHONY: invoke
invoke: $(VENV)/.installed ## run one function under Lambda's runtime interface client
##> FN=publish_changes EVENT=events/stream-changes.json (events/README.md lists them)
##> TOKEN= of who sends a request; exit code not 0 if the answer is an error
	@test -n "$$FN" && test -n "$$EVENT" || \
	  { echo 'usage: make invoke FN=publish_changes EVENT=events/stream-changes.json' >&2; exit 2; }
	@$(BIN)/python -m tools.invoke $(if $(TOKEN),--token "$$TOKEN") "$$FN" "$$EVENT"

.PHONY: mails
mails: $(VENV)/.installed ## every mail, as people with hostile names get it, on one page: prints where
	@$(BIN)/python -m tools.mails

.PHONY: sam-local
sam-local: build ## `sam local start-api` on the tables of a running `make run`; needs Docker
##> SAM_PORT=3000; DATA_DIR as given to `make run`
	@$(SAM_ENV) exec $(BIN)/python -m tools.sam_local --port "$$SAM_PORT"

##@ Look after a deployment: the running `make run`, or STACK=name on AWS with your credentials

.PHONY: status
status: $(VENV)/.installed ## whether it is well: queues, streams, dead letters, alarms; exit code not 0 if it is not
	@$(BIN)/python -m tools.status $(FOR_STACK)

.PHONY: logs
logs: $(VENV)/.installed ## what a function has logged
##> FN=ApiFunction SINCE=15m FILTER=ERROR, a filter of CloudWatch Logs
	@test -n "$$FN" || { echo 'usage: make logs FN=ApiFunction [SINCE=15m] [FILTER=ERROR]' >&2; exit 2; }
	@$(BIN)/python -m tools.logs $(FOR_STACK) $(if $(SINCE),--since "$$SINCE") $(if $(FILTER),--filter="$$FILTER") -- "$$FN"

.PHONY: user
user: $(VENV)/.installed ## look after the account of a user, as administrators can
##> NAME=johndoe ACTION=show, disable, enable, log-out, export, delete; YES=1 deletes without asking
	@test '$(origin NAME)' = 'command line' -a -n "$$NAME" || \
	  { echo 'usage: make user NAME=johndoe [ACTION=show] [STACK=name]' >&2; exit 2; }
	@$(BIN)/python -m tools.user $(FOR_STACK) $(if $(ACTION),--action="$$ACTION") $(if $(filter-out 0,$(YES)),--yes) -- "$$NAME"

.PHONY: load
load: $(VENV)/.installed ## load an API on this machine, and tell how it bore it; no other machine is loaded
##> URL=http://127.0.0.1:8000 MIX=usual, reads, writes, log-ins; REQUESTS=2000 PARALLEL=10 clients, BURST=500 at once
	@$(BIN)/python -m tools.load $(if $(URL),--url "$$URL") $(if $(MIX),--mix "$$MIX") \
	  $(if $(REQUESTS),--requests "$$REQUESTS") $(if $(PARALLEL),--clients "$$PARALLEL") $(if $(BURST),--burst "$$BURST")

.PHONY: simulate
simulate: $(VENV)/.installed ## a million accounts' day: units, instances, the busiest account, the price
##> ASSUME="--accounts 50000 --active 0.4": `.venv/bin/python -m tools.simulate --help` tells them all
	@set -f; $(BIN)/python -m tools.simulate $$ASSUME

.PHONY: smoke
smoke: $(VENV)/.installed ## walk a deployment from outside as somebody new, who leaves again
##> URL=https://api.example.com or http://127.0.0.1:8000
	@test -n "$$URL" || { echo 'usage: make smoke URL=https://api.example.com' >&2; exit 2; }
	@$(BIN)/python -m tools.smoke -- "$$URL"

.PHONY: rotate-keys
rotate-keys: $(VENV)/.installed ## a new key signs access tokens, the two before it still verify: nobody is logged out
##> WITHDRAW=1 after a leak: they verify no longer; DATA_DIR as given to `make run`
	@$(BIN)/python -m tools.rotate_keys $(FOR_STACK) $(if $(filter-out 0,$(WITHDRAW)),--withdraw)

# USER in the environment is whoever is logged in on this machine.
.PHONY: grant-admin
grant-admin: $(VENV)/.installed ## make a user an administrator, which no request can
##> USER=name; REVOKE=1 takes it back; DATA_DIR as given to `make run`
	@test '$(origin USER)' = 'command line' -a -n "$$USER" || \
	  { echo 'usage: make grant-admin USER=name [REVOKE=1] [STACK=name]' >&2; exit 2; }
	@$(BIN)/python -m tools.grant_admin $(FOR_STACK) $(if $(filter-out 0,$(REVOKE)),--revoke) -- "$$USER"

.PHONY: reconcile
reconcile: $(VENV)/.installed ## tell the log of changes what it has missed, by the versions in the table
##> ACCOUNT=id of one account
	@$(BIN)/python -m tools.reconcile $(FOR_STACK) $(if $(ACCOUNT),--account "$$ACCOUNT")

.PHONY: replay
replay: $(VENV)/.installed ## publish an account's changes again, as they are in the log
##> ACCOUNT=id FROM=number to begin at; events keep their ids and numbers
	@test -n "$$ACCOUNT" && test -n "$$FROM" || \
	  { echo 'usage: make replay ACCOUNT=id FROM=number [STACK=name]' >&2; exit 2; }
	@$(BIN)/python -m tools.replay $(FOR_STACK) --account "$$ACCOUNT" --from "$$FROM"

.PHONY: redrive
redrive: $(VENV)/.installed ## put dead letters back into the queue that they came from
##> QUEUE=PurgeDeadLetters, as template.yaml calls it
	@test -n "$$QUEUE" || { echo 'usage: make redrive QUEUE=PurgeDeadLetters [STACK=name]' >&2; exit 2; }
	@$(BIN)/python -m tools.redrive $(FOR_STACK) "$$QUEUE"

.PHONY: reindex
reindex: $(VENV)/.installed ## make the index that searches look through anew, of all tasks that there are
##> STACK=name of a deployment on AWS, or the running `make run`; ACCOUNT=id of one account
	@$(BIN)/python -m tools.reindex $(FOR_STACK) $(if $(ACCOUNT),--account "$$ACCOUNT")

.PHONY: migrate
migrate: $(VENV)/.installed ## rewrite what older releases have stored, while in use; alone it lists what there is
##> KIND=change to begin, or to go on; DRY_RUN=1 counts; AGAIN=1 from the first item
##> RATE=25 units a second
	@$(BIN)/python -m tools.migrate $(FOR_STACK) $(if $(KIND),--kind "$$KIND") $(if $(RATE),--rate "$$RATE") \
	  $(if $(filter-out 0,$(DRY_RUN)),--dry-run) $(if $(filter-out 0,$(AGAIN)),--again)

.PHONY: restore
restore: $(VENV)/.installed ## DataTable and LogTable as they were, into new tables (docs/backup.md)
##> AT=2026-11-27T10:00:00Z, or the latest that there is
	@$(BIN)/python -m tools.restore $(FOR_STACK) $(if $(AT),--at "$$AT")

.PHONY: export-tables
export-tables: $(VENV)/.installed ## the same tables to a bucket, by DynamoDB itself
##> BUCKET=name; PREFIX=errand of the keys
	@test -n "$$BUCKET" || { echo 'usage: make export-tables BUCKET=name [STACK=name]' >&2; exit 2; }
	@$(BIN)/python -m tools.export_tables $(FOR_STACK) --bucket "$$BUCKET" $(if $(PREFIX),--prefix "$$PREFIX")

.PHONY: adopt
adopt: $(VENV)/.installed ## a new stack around tables that are there: of a deleted stack, or of a restore
##> STACK=name of it; DATA_TABLE= and LOG_TABLE= by their names; then `make deploy`
	@test -n "$$STACK" && test -n "$$DATA_TABLE" && test -n "$$LOG_TABLE" || \
	  { echo 'usage: make adopt STACK=name DATA_TABLE=name LOG_TABLE=name' >&2; exit 2; }
	@$(BIN)/python -m tools.adopt $(FOR_STACK) --data-table "$$DATA_TABLE" --log-table "$$LOG_TABLE"

##@ Tidy up

.PHONY: clean
clean: ## remove environments and build results, never DATA_DIR
	rm -rf $(VENV) .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Environments: installed once, again when their requirements change.

$(BIN)/python:
	@$(or $(PYTHON),false) $(IS_RIGHT) 2>/dev/null || { echo >&2 \
	  'errand: Python 3.13 is needed: install it, or name it with PYTHON=/path/to/python3.13'; exit 1; }
	@$(PYTHON) -m venv $(VENV)

PIP_INSTALL := -m pip install --disable-pip-version-check --requirement

$(VENV)/.installed: requirements.txt layers/dependencies/requirements.txt layers/dependencies/events-only.txt pyproject.toml | $(BIN)/python
	@echo 'errand: installing packages into $(VENV)' >&2
	@$(BIN)/python $(PIP_INSTALL) requirements.txt
	@touch $@

$(MINISTACK_VENV)/.installed: tools/requirements-ministack.txt | $(BIN)/python
	@echo 'errand: installing ministack into $(MINISTACK_VENV)' >&2
	@$(BIN)/python -m venv $(MINISTACK_VENV)
	@$(MINISTACK_VENV)/bin/python $(PIP_INSTALL) tools/requirements-ministack.txt
	@touch $@

$(SAM_VENV)/.installed: tools/requirements-sam.txt | $(BIN)/python
	@$(BIN)/python -m venv $(SAM_VENV)
	@$(SAM_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement tools/requirements-sam.txt
	@touch $@

$(CHECKOV_VENV)/.installed: tools/requirements-checkov.txt | $(BIN)/python
	@$(BIN)/python -m venv $(CHECKOV_VENV)
	@$(CHECKOV_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement tools/requirements-checkov.txt
	@touch $@

$(ACTIONLINT_VENV)/.installed: tools/requirements-actionlint.txt | $(BIN)/python
	@$(BIN)/python -m venv $(ACTIONLINT_VENV)
	@$(ACTIONLINT_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement tools/requirements-actionlint.txt
	@touch $@

# npm has Node itself, in the version that the generators ask for; no lock file, which would name a registry's host.
$(CLIENTS)/.installed: tests/clients/package.json tests/clients/requirements.txt | $(BIN)/python
	@command -v npm >/dev/null || { echo 'errand: Node with npm is needed: https://nodejs.org/' >&2; exit 1; }
	@echo 'errand: installing generators of clients into $(CLIENTS)' >&2
	@mkdir -p $(CLIENTS) && cp tests/clients/package.json $(CLIENTS)
	@cd $(CLIENTS) && npm install --no-package-lock --no-audit --no-fund --loglevel=error --fetch-timeout=60000
	@$(BIN)/python -m venv $(CLIENTS)/python
	@$(CLIENTS)/python/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/clients/requirements.txt
	@touch $@
