# The words a newcomer needs. Each sets up what it needs by itself.
PYTHON ?= python3

.PHONY: up setup link check test soak bench guide lock types clean

up: ## set everything up and start it; Ctrl-C stops it
	@exec $(PYTHON) deploy/local/up.py

setup: ## install everything and start nothing, for deploy/systemd
	@exec $(PYTHON) deploy/local/up.py setup

link: ## print a new sign-in link
	@exec $(PYTHON) deploy/local/up.py link

check: ## linters, type checkers, contracts, migrations
	@exec $(PYTHON) deploy/local/develop.py check

test: ## the whole suite; PROCESSES=2 for two at once, ARGS="tests/engine -x" for some of it
	@exec $(PYTHON) deploy/local/develop.py test $(ARGS)

soak: ## the long proofs of the engine (an hour and more); ARGS="simulation reference sweep chaos" for some
	@exec $(PYTHON) deploy/local/develop.py soak $(ARGS)

bench: ## measure: engine, HTTP, chats, start, memory; ARGS="engine http" for some of it
	@exec $(PYTHON) deploy/local/develop.py bench $(ARGS)

lock: ## write the lock files again after a change of pyproject.toml
	@exec $(PYTHON) deploy/local/develop.py lock

guide: ## take the pictures of docs/guide anew
	@exec $(PYTHON) deploy/local/develop.py guide

types: ## write the OpenAPI description and the TypeScript types made from it
	@exec $(PYTHON) deploy/local/develop.py types

clean: ## remove what set-up made in this checkout (your data stays)
	rm -rf .venv frontend/node_modules frontend/dist
