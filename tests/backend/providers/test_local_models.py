"""Model files: what is offered, who may bring one in, what is refused."""

from typing import Any

import pytest

from backend.accounts.models import Workspace
from backend.providers import services
from backend.providers.models import LocalModel
from backend.providers.offered import OFFERED
from nodes.sdk.errors import NodeError
from tests.conftest import Person, make_person

JSON = "application/json"
SHA = "a" * 64
BY_ADDRESS = {"title": "Ours 1.0", "url": "https://models.example/ours.gguf", "sha256": SHA}


def listed(person: Person) -> dict[str, Any]:
    answer = person.client.get("/api/models/local")
    assert answer.status_code == 200, answer.content
    return answer.json()


def add(person: Person, **body: str) -> Any:
    return person.client.post("/api/models/local", body, content_type=JSON)


def test_offered_models_have_all_that_a_person_needs_to_choose(viewer: Person) -> None:
    page = listed(viewer)

    assert [model["id"] for model in page["models"]] == [model.id for model in OFFERED]
    for model in page["models"]:
        assert model["state"] == "available"
        assert model["url"].startswith("https://huggingface.co/Qwen/")
        assert "/resolve/main/" not in model["url"]
        assert len(model["sha256"]) == 64
        assert model["size_bytes"] > 400_000_000
        assert model["licence"] == "Apache-2.0"
        assert {"en", "zh"} <= set(model["languages"])
    assert page["free_bytes"] > 0


def test_a_download_begins_pauses_goes_on_and_is_thrown_away(owner: Person) -> None:
    path = f"/api/models/local/{OFFERED[0].id}"

    started = owner.client.post(f"{path}/download").json()
    again = owner.client.post(f"{path}/download").json()
    paused = owner.client.post(f"{path}/cancel").json()
    resumed = owner.client.post(f"{path}/download").json()
    removed = owner.client.delete(path)

    states = [answer["state"] for answer in (started, again, paused, resumed)]
    assert states == ["downloading", "downloading", "paused", "downloading"]
    assert removed.status_code == 204
    assert {model["state"] for model in listed(owner)["models"]} == {"available"}


def test_only_the_owner_of_the_installation_brings_files_in(
    owner: Person, editor: Person, stranger: Person
) -> None:
    """Bob owns a workspace too, but not the machine."""
    second = make_person("ann@example.com", Workspace.objects.create(name="Second"), "owner")
    path = f"/api/models/local/{OFFERED[0].id}/download"

    assert owner.client.post(path).status_code == 200
    for person in (editor, stranger, second):
        assert person.client.post(path).status_code == 403
        assert add(person, title="x", path="/etc/shadow.gguf").status_code == 403
        assert listed(person)["may_change"] is False
    assert listed(owner)["may_change"] is True
    assert LocalModel.objects.count() == 1


def test_where_a_file_lies_is_shown_to_the_owner_of_the_machine_alone(owner: Person, viewer: Person) -> None:
    add(owner, title="Ours", path="/srv/secret-place/ours.gguf")

    assert "secret-place" in owner.client.get("/api/models/local").content.decode()
    assert "secret-place" not in viewer.client.get("/api/models/local").content.decode()


BAD = {
    "neither": ({"title": "x"}, "path"),
    "both": ({**BY_ADDRESS, "path": "/a.gguf"}, "path"),
    "relative": ({"title": "x", "path": "models/a.gguf"}, "path"),
    "up": ({"title": "x", "path": "/srv/../etc/a.gguf"}, "path"),
    "no gguf": ({"title": "x", "path": "/etc/passwd"}, "path"),
    "zero": ({"title": "x", "path": "/a\0.gguf"}, "path"),
    "http": ({**BY_ADDRESS, "url": "http://models.example/a.gguf"}, "url"),
    "user": ({**BY_ADDRESS, "url": "https://a:b@models.example/a.gguf"}, "url"),
    "bracket": ({**BY_ADDRESS, "url": "https://[/a.gguf"}, "url"),
    "no hash": ({**BY_ADDRESS, "sha256": ""}, "sha256"),
    "short hash": ({**BY_ADDRESS, "sha256": "abc"}, "sha256"),
    "name": ({**BY_ADDRESS, "title": "!!!"}, "title"),
    "offered name": ({**BY_ADDRESS, "title": OFFERED[0].id}, "title"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_is_refused_by_field(owner: Person, name: str) -> None:
    body, field = BAD[name]

    answer = add(owner, **body)

    if name == "zero":  # no body may hold one
        assert answer.status_code == 400
        return
    assert answer.status_code == 422, answer.content
    assert answer.json()["error"]["field"] == field
    assert not LocalModel.objects.exists()


def test_two_files_do_not_share_a_name(owner: Person) -> None:
    assert add(owner, **BY_ADDRESS).status_code == 201

    answer = add(owner, **BY_ADDRESS)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "name_taken")


def test_a_model_can_be_used_once_it_is_ready(owner: Person, stranger: Person) -> None:
    add(owner, **BY_ADDRESS)
    with pytest.raises(NodeError):
        services.lookup(owner.workspace.pk, "gguf/ours-1.0")

    LocalModel.objects.update(state="ready")

    target = services.lookup(owner.workspace.pk, "gguf/ours-1.0")
    assert target.kind == "local"
    assert target.base_url.endswith(f"/models/{SHA}.gguf")
    with pytest.raises(NodeError):
        services.lookup(stranger.workspace.pk, "gguf/ours-1.0")
    model = next(m for m in owner.client.get("/api/models").json()["models"] if m["id"] == "gguf/ours-1.0")
    assert (model["kind"], model["is_local"]) == ("chat", True)


def test_removing_a_model_gives_the_default_back(owner: Person) -> None:
    add(owner, **BY_ADDRESS)
    LocalModel.objects.update(state="ready")
    owner.client.put("/api/models/default", {"model": "gguf/ours-1.0", "kind": "chat"}, content_type=JSON)
    assert services.default_model(owner.workspace.pk) == "gguf/ours-1.0"

    owner.client.delete("/api/models/local/ours-1.0")

    assert services.default_model(owner.workspace.pk) == "practice"
