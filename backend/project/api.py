"""The console API: one django-ninja API under /api/, put together from each app's router."""

from ninja import NinjaAPI
from ninja.renderers import JSONRenderer

from backend.accounts.api import router as accounts
from backend.accounts.audit_api import router as audit
from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import StrictParser
from backend.accounts.invites_api import router as invites
from backend.accounts.members_api import router as members
from backend.insights.api import router as insights
from backend.knowledge.api import router as knowledge
from backend.mail.api import router as mail
from backend.memory.api import router as memories
from backend.project.errors import use_error_form
from backend.providers.api import router as providers
from backend.publish.api import router as publish
from backend.retention.api import router as retention
from backend.runs.api import router as runs
from backend.runs.knowledge_api import router as search
from backend.runs.mail_api import router as mail_test
from backend.runs.pins_api import router as pins
from backend.runs.secret_test_api import router as secret_test
from backend.runs.tools_api import router as tool_trials
from backend.tools.api import router as tools
from backend.tools.descriptions_api import router as descriptions
from backend.tools.sign_in_api import router as tool_sign_ins
from backend.usage.api import router as usage
from backend.workflows.api import router as workflows
from backend.workflows.environment_api import router as environment
from backend.workflows.nodes_api import router as nodes
from backend.workflows.secrets_api import router as secrets


class LeanRenderer(JSONRenderer):
    """JSON without the spaces that only people need: a tenth of a large app's."""

    json_dumps_params = {"separators": (",", ":")}


api = NinjaAPI(
    title="Treadle console",
    version="1",
    auth=ConsoleAuth(),
    parser=StrictParser(),
    renderer=LeanRenderer(),
    docs_url=None,  # the API's description is in frontend/openapi.json, not served
    openapi_url=None,
)
use_error_form(api)
for router in (accounts, members, invites, audit):
    api.add_router("", router)
for router in (nodes, workflows, knowledge, search, secrets, secret_test, environment):
    api.add_router("", router)
for router in (descriptions, tools, tool_sign_ins, tool_trials):  # a fixed name before one in braces
    api.add_router("", router)
for router in (runs, pins, memories, mail, mail_test, usage, insights, retention, providers, publish):
    api.add_router("", router)
