"""The least that Django does for a request, as a project in one file: the measure of everything else."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

ROOT_URLCONF = "bench.bare"
ALLOWED_HOSTS = ["*"]
MIDDLEWARE: list[str] = []
USE_I18N = False


def bare_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a page")


urlpatterns = [path("", bare_view)]
