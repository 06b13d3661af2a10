"""The one way out to the network: every address is checked before a socket is opened to it.

Nothing else in the project opens HTTP connections; a test reads the sources and says so.
"""

from workers.outgoing.addresses import is_public
from workers.outgoing.allow import AllowList
from workers.outgoing.databases import WorkspaceDatabases
from workers.outgoing.http import GuardedHttp
from workers.outgoing.own_site import OwnSite
from workers.outgoing.secrets import HttpWithSecrets, KnownSecret

__all__ = [
    "AllowList",
    "GuardedHttp",
    "HttpWithSecrets",
    "KnownSecret",
    "OwnSite",
    "WorkspaceDatabases",
    "is_public",
]
