"""Runs what a stranger wrote: each time in a fresh process that may compute, and nothing else."""
