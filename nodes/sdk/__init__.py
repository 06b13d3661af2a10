"""Everything a node author may import."""

from nodes.sdk.context import NodeContext
from nodes.sdk.databases import Query
from nodes.sdk.document_filter import DocumentFilter
from nodes.sdk.errors import NodeError
from nodes.sdk.graph import Port
from nodes.sdk.http import HttpResponse, SecretUse
from nodes.sdk.knowledge import Passage, SearchMode
from nodes.sdk.models import ChatChunk, ChatMessage, ChatRequest, ToolCall, ToolSpec, Usage
from nodes.sdk.node import (
    END,
    ENDS_PASS,
    NEXT,
    STOP,
    Called,
    Field,
    Node,
    NodeConfig,
    NodeOutput,
    NodeResult,
    Problem,
    Turn,
)
from nodes.sdk.uploads import FileText
from nodes.sdk.values import Json, to_text

__all__ = [
    "END",
    "ENDS_PASS",
    "NEXT",
    "STOP",
    "Called",
    "ChatChunk",
    "ChatMessage",
    "ChatRequest",
    "DocumentFilter",
    "Field",
    "FileText",
    "HttpResponse",
    "Json",
    "Node",
    "NodeConfig",
    "NodeContext",
    "NodeError",
    "NodeOutput",
    "NodeResult",
    "Passage",
    "Port",
    "Problem",
    "Query",
    "SearchMode",
    "SecretUse",
    "ToolCall",
    "ToolSpec",
    "Turn",
    "Usage",
    "to_text",
]
