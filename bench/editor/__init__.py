"""The editor in a browser: how soon it opens, how smoothly it moves, what it weighs; and another's."""
