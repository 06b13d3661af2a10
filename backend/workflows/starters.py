"""Templates: workflow files in `templates/` that work at once, and workflows made from them."""

import uuid
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import IntegrityError

from backend.accounts.errors import not_found
from backend.workflows.documents import with_samples
from backend.workflows.graphs import hash_of, plain
from backend.workflows.models import Workflow
from backend.workflows.services import create_workflow, save_draft
from nodes.sdk.files import WorkflowFile, in_language, workflow_from_yaml
from nodes.sdk.template_info import TemplateInfo

FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Starter:
    """One template file; `slug` is its file name."""

    slug: str
    file: WorkflowFile
    template: TemplateInfo

    def summary(self) -> dict[str, Any]:
        """What the first page shows of it: its words, and a little picture of its graph."""
        template = self.template
        return {
            "slug": self.slug,
            "group": template.group,
            "title": dict(template.title),
            "summary": dict(template.summary),
            "suggestions": {language: list(texts) for language, texts in template.suggestions.items()},
            "needs_model": list(template.needs_model),
            "questions": len(template.setup),
            "nodes": [
                {"id": node.id, "type": node.type, "position": {"x": node.position[0], "y": node.position[1]}}
                for node in self.file.graph.nodes.values()
            ],
            "edges": [
                {"source": edge.source, "port": edge.port, "target": edge.target}
                for edge in self.file.graph.edges
            ],
        }


@lru_cache(maxsize=1)
def all_starters() -> tuple[Starter, ...]:
    """The templates in their order."""
    found = [_starter(path) for path in sorted(FOLDER.glob("*.yaml"))]
    return tuple(sorted(found, key=lambda starter: (starter.template.order, starter.slug)))


def app_to_try(*, workspace_id: uuid.UUID, slug: str, language: str) -> Workflow:
    """The app in which the workspace tries a template before anybody has taken it; no list shows it.

    There is one for each template and language, made when it is first asked for. Its draft is the template as
    it is now, so an upgrade of Treadle reaches it.
    """
    starter = _by_slug(slug)
    if starter is None:
        raise not_found("This template")
    file = in_language(starter.file, language)
    graph = with_samples(workspace_id, file.graph, language)
    # No name of an app comes to a slug with a `_` in it.
    own = f"try_{slug}_{language}"
    homes = Workflow.objects.for_workspace(workspace_id).filter(slug=own)
    found = homes.first()
    if found is None:
        try:
            return create_workflow(
                workspace_id=workspace_id,
                name=file.name,
                graph=graph,
                language=language,
                is_hidden=True,
                slug=own,
                made_from=slug,
            )
        except IntegrityError:  # two came at one moment; the other's is there now
            found = homes.get()
    if found.draft_hash != hash_of(plain(graph)):
        return save_draft(found, revision=found.revision, graph=graph)
    return found


def set_up_of(workflow: Workflow) -> list[dict[str, Any]]:
    """What its template asks to make it one's own; nothing where there is no such template (any more)."""
    starter = _by_slug(workflow.made_from)
    return [asdict(one) for one in starter.template.setup] if starter else []


def needs_model(workflow: Workflow) -> bool:
    """Whether the practice model is not enough for its template, in the app's language."""
    starter = _by_slug(workflow.made_from)
    return starter is not None and workflow.language in starter.template.needs_model


def _by_slug(slug: str) -> Starter | None:
    return next((one for one in all_starters() if one.slug == slug), None)


def _starter(path: Path) -> Starter:
    file = workflow_from_yaml(path.read_text(encoding="utf-8"))
    if file.template is None:
        raise ValueError(f"{path.name} has no section `template`.")
    return Starter(path.stem, file, file.template)


def create_from_starter(
    *, workspace_id: uuid.UUID, slug: str, name: str | None = None, language: str = "en"
) -> Workflow:
    """A new workflow made from a template, with name, step titles, texts and suggestions in `language`."""
    starter = _by_slug(slug)
    if starter is None:
        raise not_found("This template")
    file, suggestions = in_language(starter.file, language), starter.template.suggestions
    return create_workflow(
        workspace_id=workspace_id,
        name=name or file.name,
        description=file.description,
        graph=with_samples(workspace_id, file.graph, language),
        suggestions=list(suggestions.get(language) or suggestions.get("en") or ()),
        language=language,
        made_from=slug,
    )
