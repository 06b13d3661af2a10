"""Addresses that people outside the workspace may use. All others need a signed-in member."""

from django.urls import URLPattern, path

from backend.publish import files, hooks, key_memories, links, memories, openai, rest, web


def _for_visitors(at: str) -> list[URLPattern]:
    """What a chat page asks for, on its own or in a frame on a website."""
    return [
        path(f"{at}/<str:slug>/app", web.about),
        path(f"{at}/<str:slug>/files", files.visitors_upload),
        path(f"{at}/<str:slug>/files/<uuid:file_id>", files.visitors_download),
        path(f"{at}/<str:slug>/runs", web.runs),
        path(f"{at}/<str:slug>/runs/<uuid:run_id>/events", web.events),
        path(f"{at}/<str:slug>/runs/<uuid:run_id>/cancel", web.cancel),
        path(f"{at}/<str:slug>/runs/<uuid:run_id>/answer", web.answer),
        path(f"{at}/<str:slug>/runs/<uuid:run_id>/rating", web.rating),
        path(f"{at}/<str:slug>/memories", memories.memories),
        path(f"{at}/<str:slug>/memories/<uuid:memory_id>", memories.memory),
        path(f"{at}/<str:slug>/conversations", web.conversations),
        path(f"{at}/<str:slug>/conversations/<uuid:conversation_id>", web.conversation),
    ]


urlpatterns = [
    path("v1/chat/completions", openai.chat_completions),
    path("v1/models", openai.models),
    path("v1/models/<str:name>", openai.model),
    path("v1/files", files.upload),
    path("v1/files/upload", files.upload),  # where Dify's clients look for it
    path("v1/files/<uuid:file_id>", files.download),
    path("v1/runs", rest.runs),
    path("v1/runs/<uuid:run_id>", rest.run),
    path("v1/runs/<uuid:run_id>/events", rest.events),
    path("v1/runs/<uuid:run_id>/cancel", rest.cancel),
    path("v1/runs/<uuid:run_id>/answer", rest.answer),
    path("v1/runs/<uuid:run_id>/rating", rest.rating),
    path("v1/memories", key_memories.memories),
    path("v1/memories/<uuid:memory_id>", key_memories.memory),
    path("hooks/<str:token>", hooks.hook),
    path("a", links.page),
    path("a/look", links.look),
    path("a/answer", links.answer),
    path("a/files", links.upload),
    path("c/<str:slug>", web.chat_page),
    path("embed/<str:slug>", web.framed_page),
    *_for_visitors("c"),
    *_for_visitors("embed"),
]
