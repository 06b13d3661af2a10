from tests.models.fixtures import fake_openai, model_host

__all__ = ["fake_openai", "model_host"]
