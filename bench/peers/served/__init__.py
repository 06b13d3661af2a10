"""Builders that serve over HTTP: how each is started, and how its flows for the tasks are published."""
