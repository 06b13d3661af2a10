# The words a newcomer needs. Each sets up what it needs by itself.
PYTHON ?= python3

.PHONY: up setup link check test soak bench bench-editor bench-peers guide baselines lock types nodes clean

up: ## set everything up and start it; Ctrl-C stops it
	@exec $(PYTHON) deploy/local/up.py

setup: ## install everything and start nothing, for deploy/systemd
	@exec $(PYTHON) deploy/local/up.py setup

link: ## print a new sign-in link
	@exec $(PYTHON) deploy/local/up.py link

check: ## linters, type checkers, contracts, migrations
	@exec $(PYTHON) deploy/local/develop.py check

test: ## the whole suite, two processes at once unless PROCESSES says otherwise; ARGS="tests/engine -x" for some of it
	@exec $(PYTHON) deploy/local/develop.py test $(ARGS)

soak: ## the long proofs of the engine (an hour and more); ARGS="simulation reference sweep stopping chaos" for some
	@exec $(PYTHON) deploy/local/develop.py soak $(ARGS)

bench: ## measure: engine, HTTP, chats, start, memory; ARGS="engine http" for some of it
	@exec $(PYTHON) deploy/local/develop.py bench $(ARGS)

bench-editor: ## measure the editor in Chromium, with up to 3,000 steps, and n8n's where bench-peers has installed it
	@exec $(PYTHON) deploy/local/develop.py bench-editor

bench-peers: ## install other engines and builders to measure against; ARGS="langgraph graphon" for some
	@exec $(PYTHON) deploy/local/develop.py bench-peers $(ARGS)

lock: ## write the lock files again after a change of pyproject.toml
	@exec $(PYTHON) deploy/local/develop.py lock

guide: ## take the pictures of docs/guide anew
	@exec $(PYTHON) deploy/local/develop.py guide

baselines: ## take the pictures anew that tests compare the screens with; look at what changed before you commit
	@exec $(PYTHON) deploy/local/develop.py baselines

types: ## write the OpenAPI description and the TypeScript types made from it
	@exec $(PYTHON) deploy/local/develop.py types

nodes: ## write what is made from the step types: docs/nodes.md, the record of their schemas, the forms' sample
	@exec $(PYTHON) deploy/local/develop.py nodes

clean: ## remove what set-up made in this checkout (your data stays)
	rm -rf .venv frontend/node_modules frontend/dist
