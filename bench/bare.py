"""The least that Django does for a request: the measure of everything else."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def bare_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a page")


urlpatterns = [path("", bare_view)]
