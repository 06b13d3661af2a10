"""Collections with sample documents, which templates bring along so that they work at once."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

from backend.knowledge.models import Document
from backend.knowledge.services import Upload, add_documents, create_knowledge

FOLDER = Path(__file__).parent / "samples"
# The names that a person sees, of the collection and of its documents.
_NAMES = {
    "return-policy": {
        "en": ("Return policy (sample)", {"en": "Return policy.md", "zh": "退货政策.md"}),
        "zh": ("退货政策（示例）", {"zh": "退货政策.md", "en": "Return policy.md"}),
    },
    "staff-handbook": {
        "en": ("Staff handbook (sample)", {"en": "Staff handbook.md", "zh": "员工手册.md"}),
        "zh": ("员工手册（示例）", {"zh": "员工手册.md", "en": "Staff handbook.md"}),
    },
    "our-terms": {
        "en": ("Our terms (sample)", {"en": "Our terms.md"}),
        "zh": ("我们的术语（示例）", {"en": "我们的术语.md"}),
    },
}


def make_sample(workspace_id: uuid.UUID, name: str, language: str) -> str:
    """The id of a collection with this sample: the one that is there already, else a new one."""
    title, files = _NAMES[name].get(language) or _NAMES[name]["en"]
    contents = {file: (FOLDER / name / f"{one}.md").read_bytes() for one, file in files.items()}
    hashes = [hashlib.sha256(content).hexdigest() for content in contents.values()]
    there = (
        Document.objects.for_workspace(workspace_id)
        .filter(knowledge__name=title, sha256__in=hashes)
        .order_by("created_at")
        .values_list("knowledge_id", flat=True)
    )
    for knowledge_id in there:
        return str(knowledge_id)
    knowledge = create_knowledge(workspace_id=workspace_id, name=title)
    add_documents(knowledge, [Upload(file, len(content), [content]) for file, content in contents.items()])
    return str(knowledge.pk)
