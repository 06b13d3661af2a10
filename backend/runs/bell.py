"""What the bell says: the names that those who ring and those who answer agree on."""

TASK = "runs.execute"
QUEUE = "runs"
