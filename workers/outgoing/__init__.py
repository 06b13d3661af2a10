"""The one way out to the network: every address is checked before a socket is opened to it.

Nothing else in the project opens HTTP connections; a test reads the sources and says so.
"""

from workers.outgoing.addresses import is_public
from workers.outgoing.allow import AllowList
from workers.outgoing.http import GuardedHttp

__all__ = ["AllowList", "GuardedHttp", "is_public"]
