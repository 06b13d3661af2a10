"""Tools from elsewhere: asks sources which they have, and calls the one that a step chose."""

from workers.tools.sources import WorkspaceTools

__all__ = ["WorkspaceTools"]
