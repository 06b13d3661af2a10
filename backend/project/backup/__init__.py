"""One file with everything that must outlive this machine, the same for SQLite and PostgreSQL.

A zip: `tables/<app.Model>.jsonl` (a line is a row, an array in the order of the manifest's columns), what is
under TREADLE_DATA/files as `files/…`, perhaps `keys.sealed` (the vault's keys under a passphrase, if asked
for), and at its end `manifest.json` with the sizes and hashes of all of them.

What can be made again from these (indexes of the search, caches, downloaded models) is not in it: after a
restore each app makes its own anew, in the method `after_restore` of its AppConfig.
"""
