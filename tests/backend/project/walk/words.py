"""What each JSON column holds when it says a word."""

import uuid
from collections.abc import Callable
from typing import Any

from nodes.sdk.graph import graph_from_json, graph_to_json


def graph_with(text: str) -> dict[str, Any]:
    """A graph that says `text`."""
    nodes = [
        {"id": "start_1", "type": "start"},
        {"id": "answer_1", "type": "answer", "config": {"text": text}},
    ]
    edges = [{"source": "start_1", "target": "answer_1"}]
    return graph_to_json(graph_from_json({"nodes": nodes, "edges": edges}))


JSON: dict[str, Callable[[str], Any]] = {
    "Secret.hosts": lambda word: [f"{word}.example"],
    "AuditEntry.details": lambda word: {"before": word},
    "EnvironmentVariable.value": lambda word: {"text": word},
    "Workflow.draft": graph_with,
    "Workflow.suggestions": lambda word: [word],
    "Version.graph": graph_with,
    "KnowledgeBase.fields": lambda word: [{"name": name, "kind": "text"} for name in ("Team", word)],
    "Document.field_values": lambda word: {"Team": word},
    "Document.error": lambda word: {"code": "unreadable", "message": word, "hint": ""},
    "Document.notices": lambda word: [{"code": "cut_short", "message": word, "hint": ""}],
    "ModelConnection.settings": lambda word: {"region": word},
    "ModelConnection.secrets": lambda word: {"region": word},
    "ModelConnection.model_names": lambda word: [word],
    "ModelRules.stand_ins": lambda word: [word],
    "ModelConnection.embedding_names": lambda word: [word],
    "ModelConnection.rerank_names": lambda word: [word],
    "ModelConnection.transcription_names": lambda word: [word],
    "ModelConnection.speech_names": lambda word: [word],
    "ModelConnection.image_names": lambda word: [word],
    "LocalModel.languages": lambda word: [word],
    "LocalModel.header": lambda word: {"title": word},
    "ToolCheck.error": lambda word: {"code": "model_failed", "message": word, "hint": ""},
    "ToolSource.service": lambda word: {
        "title": word,
        "version": word,
        "servers": [word],
        "keys": [{"name": word, "place": "header", "field": word}],
        "pairs": [],
    },
    "ToolSource.second": lambda word: {"secret": word, "place": "header", "field": word},
    "ToolSource.error": lambda word: {"code": "tool_protocol", "message": word, "hint": ""},
    "ToolSource.notices": lambda word: [{"code": "tool_too_deep", "message": word, "values": {}}],
    "SourceSignIn.server": lambda word: {"issuer": word},
    "SourceSignIn.attempt": lambda word: {"verifier": word, "redirect": word, "address": word},
    "SourceSignIn.tokens": lambda word: {
        "access": word,
        "refresh": word,
        "client": {"id": word},
        "server": {},
    },
    "SourceSignIn.error": lambda word: {"code": "sign_in_failed", "message": word, "hint": ""},
    "SourceTool.input_schema": lambda word: {"type": "object", "properties": {word: {}}},
    "SourceTool.request": lambda word: {"method": "GET", "path": word, "parameters": [], "body": None},
    "SourceTool.offered": lambda word: {
        "name": word,
        "title": word,
        "description": word,
        "input_schema": {"type": "object"},
        "digest": "",
    },
    "LocalModel.error": lambda word: {"code": "unreadable", "message": word, "hint": ""},
    "Publication.suggestions": lambda word: [word],
    "Publication.websites": lambda word: [f"https://{word}.example"],
    "Run.inputs": lambda word: {"name": word},
    "Run.history": lambda word: [{"role": "user", "content": word}],
    "Run.limits": lambda word: {"note": word},
    "Run.outputs": lambda word: {"text": word},
    "Run.error": lambda word: {"code": "model_auth", "message": word, "hint": "", "path": "prompt_1"},
    "Run.origin": lambda word: {"run": str(uuid.UUID(int=1)), "path": word},
    "Run.trial": lambda word: {"pins": {word: {"output": word, "port": "out"}}},
    "Pin.output": lambda word: {"text": word},
    "Run.waiting": lambda word: [{"path": word, "name": word, "reason": word, "until": None, "since": None}],
    "Run.sources": lambda word: [
        {
            "n": 1,
            "document": word,
            "heading": word,
            "page": 1,
            "text": word,
            "document_id": word,
            "chunk_id": 1,
        }
    ],
    "ConversationVariable.value": lambda word: {"text": word},
    "Event.data": lambda word: {"text": word},
    "Clearing.expected": lambda word: {"runs": 1},
    "Clearing.done": lambda word: {"runs": 1},
    "Clearing.at_hand": lambda word: {"run": None, "files": [word]},
    "Signal.payload": lambda word: {"text": word},
    "Wait.about": lambda word: {
        "title": word,
        "who": "visitor",
        "message": word,
        "fields": [],
        "actions": [],
    },
}
