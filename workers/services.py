"""What a running node reaches outside: its workspace's models, and the web through the guarded client."""

from __future__ import annotations

import os
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings

from backend.accounts.workspace_secrets import open_secrets
from backend.providers.services import lookup
from backend.runs.answer_links import link_in_letter
from backend.runs.callbacks import callback_url
from backend.runs.reads import read
from backend.runs.redis_clients import client
from nodes.confined.code import ConfinedCode
from nodes.sdk.mail import AnswerLink
from nodes.sdk.models import Task
from workers.engine.context import Services
from workers.knowledge.search import Library, WorkspaceKnowledge
from workers.mail import WorkspaceMail
from workers.model_rules import KnownRules
from workers.models.allowance import Allowance
from workers.models.local_hosts import LocalHosts
from workers.models.router import ModelTarget, Router, WorkspaceModels
from workers.outgoing import GuardedHttp, HttpWithSecrets, KnownSecret, OwnSite, WorkspaceDatabases
from workers.outgoing.smtp import GuardedSmtp
from workers.tools import WorkspaceTools
from workers.tools.pipes import end_all


class Outside:
    """The open connections of a worker process. Each run gets those doors that its workspace may use."""

    def __init__(self) -> None:
        self._http = GuardedHttp(own=OwnSite(settings.TREADLE_INTERNAL_URL))
        env = {**os.environ, "TREADLE_MODEL_HOST": settings.TREADLE_MODEL_HOST}
        self._library = Library()
        self._smtp = GuardedSmtp()
        self._code = ConfinedCode()
        self.hosts = LocalHosts(settings.TREADLE_SOCKETS)
        self._redis = client()
        self._router = Router.from_env(
            _connection_of,
            http=self._http,
            hosts=self.hosts,
            rules_of=KnownRules().of,
            allowance=Allowance(self._redis),
            env=env,
        )

    @property
    def http(self) -> GuardedHttp:
        """The guarded way out."""
        return self._http

    def services(self, workspace_id: UUID) -> Services:
        """What the nodes of a run in this workspace are given."""
        secrets = partial(_secrets_of, workspace_id)
        return Services(
            models=self.models(workspace_id),
            http=self.web(workspace_id),
            databases=WorkspaceDatabases(workspace_id, self._http, secrets, settings.TREADLE_SQLITE_FOLDER),
            knowledge=partial(WorkspaceKnowledge, self._library, workspace_id),
            mail=WorkspaceMail(self._smtp, workspace_id),
            callback_url=callback_url,
            answer_link=_answer_link,
            code=self._code,
            tool_sources=WorkspaceTools(workspace_id, self.web(workspace_id)),
        )

    def web(self, workspace_id: UUID) -> HttpWithSecrets:
        """The way out of a workspace, with its secrets."""
        return HttpWithSecrets(self._http, partial(_secrets_of, workspace_id))

    def models(self, workspace_id: UUID) -> WorkspaceModels:
        """The models of a workspace."""
        return self._router.for_workspace(str(workspace_id))

    async def usual_embedding_model(self, workspace_id: UUID) -> str:
        """The id of the model that gives a workspace's texts their vectors."""
        return (await read(lookup, workspace_id, "", "embedding")).id

    async def close(self) -> None:
        """Closes all connections of the running loop."""
        end_all()
        await self._router.close()
        await self._redis.aclose()


async def _connection_of(workspace_id: str, model_id: str, task: Task) -> ModelTarget:
    found = await read(lookup, UUID(workspace_id), model_id, task)
    return ModelTarget(
        id=found.id,
        kind=found.kind,
        model=found.model,
        provider=found.provider,
        base_url=found.base_url,
        api_key=found.api_key,
        options=found.options,
    )


async def _answer_link(run_id: str, path: str, expires_at: datetime) -> AnswerLink:
    return await read(link_in_letter, UUID(run_id), path, expires_at)


async def _secrets_of(workspace_id: UUID) -> list[KnownSecret]:
    """Read anew for each request: a secret that was replaced or deleted is so at once."""
    found = await read(open_secrets, workspace_id)
    return [KnownSecret(one.name, one.hosts, one.value) for one in found]
