"""Library errors become ours here and nowhere else. Knows the libraries' errors and their causes; sends nothing."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from services.endpoint import Endpoint
from services.errors import ServiceError, Unreachable
from services.refusals import refusal


@contextmanager
def translated(endpoint: Endpoint, *, model: str = "", path: str = "") -> Iterator[None]:
    """Raises our error for the library's; no key that the upstream echoed is in it."""
    import httpx2
    import openai

    key = endpoint.key.get_secret_value()
    try:
        yield
    except ServiceError as failure:
        failure.hide(key)
        raise
    except openai.APIStatusError as said:  # whose text is the body: no cause of ours, lest a log shows it
        reply = said.response
        who = "The embedded engine" if endpoint.embedded else "The API"
        asked: dict[str, Any] = {"model": model, "path": path, "who": who, "keyed": bool(key)}
        found = refusal(reply.status_code, reply.headers, reply.content, **asked)
        raise found.hide(key) from None
    except (openai.APIConnectionError, httpx2.HTTPError, httpx2.StreamError) as lost:
        if endpoint.embedded:
            raise Unreachable("The embedded engine stopped.", remedy="Try again: it starts anew.") from lost
        away = unreachable(endpoint.host, lost)
        away.unsent = _nothing_was_sent(list(_causes(lost)))
        raise away from lost


def _nothing_was_sent(causes: Sequence[BaseException]) -> bool:
    """Whether no connection came about. A certificate that is not trusted will not be better the next time."""
    import httpx2

    connecting = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
    untrusted = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes)
    return not untrusted and any(isinstance(cause, connecting) for cause in causes)


def too_late() -> Unreachable:
    """A limit of ours has passed."""
    return Unreachable("The API did not answer in time.", remedy="Try again, or choose another model.")


def unreachable(host: str, lost: BaseException) -> Unreachable:
    """Four sentences for four ways not to get through: no such host, no trust, nobody there, no answer."""
    causes = list(_causes(lost))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unreachable(f"There is no host named {host}.", remedy="Check the base URL and the network.")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Unreachable(
            f"The certificate of {host} is not trusted.",
            remedy="Check the base URL; we don't go on without a certificate.",
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Unreachable(f"Nobody listens at {host}.", remedy="Check that the server runs and the base URL is right.")
    if any("timeout" in type(cause).__name__.lower() for cause in causes):
        return Unreachable(f"{host} did not answer in time.", remedy="Try again in a moment.")
    return Unreachable(f"The connection to {host} was lost.", remedy="Try again in a moment.", detail=repr(lost))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
