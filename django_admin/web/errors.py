"""Error pages. Under /api the same errors are JSON, by `gateway/errors.py`."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def error_page(request: HttpRequest, status: int) -> HttpResponse:
    """Return the page of an HTTP status."""
    title, text = {
        HTTPStatus.BAD_REQUEST: (
            _("That request was not understood"),
            _("Check the address, or go back to the chat."),
        ),
        HTTPStatus.FORBIDDEN: (
            _("You may not do this"),
            _("Reload the page and try again, or ask an administrator."),
        ),
        HTTPStatus.NOT_FOUND: (
            _("There is nothing here"),
            _("What you are looking for does not exist, or you may not see it."),
        ),
    }.get(
        HTTPStatus(status),
        (_("This does not work at the moment"), _("It is our fault, not yours. Try again in a moment.")),
    )
    context = {"status": status, "title": title, "text": text}
    return render(request, "web/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    return error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(request, HTTPStatus.FORBIDDEN)
