"""Takes documents apart. Runs in a child process with limits; nothing here knows Django or the network."""
