"""Errors of nodes: what may be tried again, and how they travel."""

import pickle

from nodes.sdk import NodeError


def test_an_error_may_be_tried_again_as_its_code_says_unless_it_says_otherwise():
    assert NodeError("model_busy", "Busy.").retry
    assert not NodeError("model_auth", "No.").retry
    assert not NodeError("model_busy", "Busy.", retry=False).retry
    assert NodeError("model_auth", "No.", retry=True).retry


def test_an_error_survives_a_process_border():
    error = pickle.loads(pickle.dumps(NodeError("model_busy", "Busy.", "Wait.", retry_after_s=3)))

    assert (error.code, error.message, error.hint, error.retry_after_s) == ("model_busy", "Busy.", "Wait.", 3)
