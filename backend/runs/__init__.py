"""Runs: their rows, their journal, how they are started, watched and stopped."""
