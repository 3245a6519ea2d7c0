"""How the processes identify themselves when they send logs and traces: one secret, good for nothing else."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from django_admin.gateway.errors import error_response
from django_admin.gateway.state import gateway_of
from narutalk.errors import Unauthenticated
from narutalk.identity import bearer_token, is_ingest_key

View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


def ingest_key_required(view: View) -> View:
    """Open an asynchronous view to callers with the ingest key: as a bearer token, or in `X-API-Key`.

    Everybody else is answered 401 (``unauthenticated``), in the shape of all errors.
    """

    @csrf_exempt
    @login_not_required
    @wraps(view)
    async def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        given = bearer_token(request.headers.get("Authorization", ""))
        if given is None:
            given = request.headers.get("X-API-Key", "")
        if not is_ingest_key(gateway_of(request).settings, given):
            return error_response(Unauthenticated("The ingest key is missing or wrong."))
        return await view(request, *args, **kwargs)

    return checked
