"""Runs a workflow against a journal. Pure: of our code it knows nodes.sdk only.

Begin reading at `engine.py` (a run from claim to end), then `passes.py` (a graph), `node_run.py` (a node).
"""
