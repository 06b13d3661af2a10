"""Which address is answered by what. The single-page app takes what nothing else takes."""

from django.urls import include, path

from backend.project import samples
from backend.project.api import api
from backend.project.health import healthz, livez, readyz
from backend.project.pages import console, favicon, robots, static_file, website_button

urlpatterns = [
    path("healthz", healthz),
    path("livez", livez),
    path("readyz", readyz),
    path("robots.txt", robots),
    path("favicon.ico", favicon),
    path("embed.js", website_button),
    path("static/<path:name>", static_file),
    path("samples/opening-hours", samples.opening_hours),
    path("samples/orders", samples.find_order),
    path("samples/orders/<str:number>", samples.order),
    path("samples/sales", samples.sales),
    path("api/", api.urls),
    path("", include("backend.publish.urls")),
    path("", console),
    path("<path:rest>", console),
]

handler400 = "backend.project.errors.bad_request"
handler403 = "backend.project.errors.forbidden"
handler404 = "backend.project.errors.page_not_found"
handler500 = "backend.project.errors.server_error"
