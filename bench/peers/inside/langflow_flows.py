"""Langflow's flows for the tasks, made by its own components and printed as one JSON object by name.

`echo`: chat input, prompt, chat output. `chat`: chat input, its OpenAI component, chat output.
"""

from __future__ import annotations

import json
import sys

from lfx.components.input_output import ChatInput, ChatOutput
from lfx.components.models_and_agents import PromptComponent
from lfx.graph import Graph
from lfx_openai.components.openai.openai_chat_model import OpenAIModelComponent


def echo() -> Graph:
    """Says what it was told, with an exclamation mark."""
    told, said = ChatInput(), ChatOutput()
    prompt = PromptComponent().set(template="{text}!", text=told.message_response)
    said.set(input_value=prompt.build_prompt)
    return Graph(start=told, end=said)


def chat(address: str) -> Graph:
    """Streams what the model at this address says."""
    told, said = ChatInput(), ChatOutput()
    model = OpenAIModelComponent().set(
        input_value=told.message_response,
        model_name="fake-t200-i20-n50",
        openai_api_base=address,
        api_key="sk-none",
        stream=True,
    )
    said.set(input_value=model.text_response)
    return Graph(start=told, end=said)


if __name__ == "__main__":
    flows = {"echo": echo(), "chat": chat(sys.argv[1])}
    sys.stdout.write(json.dumps({name: flow.dump(name=name) for name, flow in flows.items()}))
