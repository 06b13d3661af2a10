"""Other engines and builders, installed beside Treadle by `make bench-peers` and measured with its tasks."""
