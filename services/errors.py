"""Everything that can go wrong, by name. Knows nothing about HTTP libraries or widgets.

ServiceError             message for the person, remedy, request id; detail for the log
├── InvalidInput         we would not send this (empty prompt, unreadable audio, too long, address not allowed)
├── Unreachable          no connection, or no reply in time
├── Refused              the API said no (status, the field it names)
│   ├── Unauthorized     401: the key is missing or wrong
│   ├── OutOfCredit      402, 403 about credits: the key is fine, the account is empty
│   ├── NotAllowed       403 otherwise: this key may not do this
│   ├── NotFound         404: no such model, or no such path
│   └── RateLimited      429 (retry_after, when given), and our own limits
├── Unavailable          5xx: try again later
├── Interrupted          an answer began and did not end; what came is kept
└── MalformedReply       2xx, but not what the contract promises
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from services.blotter import Blotter

if TYPE_CHECKING:
    from services.record import Record
    from services.run import Attempt


class ServiceError(Exception):
    """A failure that a person can read.

    `message` is the cause in one plain sentence, `remedy` what the person can do, `request_id` the upstream's id (""
    when there was none), `status` the HTTP status (0 when there was none), `detail` is for the log only. `retry_after`
    is how many seconds to leave it alone, 0 when unknown; `attempts` are the sendings of the call that ended so, and
    `record` is what it sent and received.
    """

    attempts: tuple[Attempt, ...] = ()
    record: Record | None = None

    def __init__(
        self,
        message: str,
        *,
        remedy: str,
        request_id: str = "",
        status: int = 0,
        detail: str = "",
        retry_after: float = 0,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.request_id = request_id
        self.status = status
        self.detail = detail
        self.retry_after = retry_after

    @property
    def sentence(self) -> str:
        """Cause, remedy and request id as one line of plain text."""
        words = " ".join(part for part in (self.message, self.remedy) if part)
        return f"{words} (request {self.request_id})" if self.request_id else words

    @property
    def run_id(self) -> str:
        """The id of the run that failed; "" when nothing was sent, so that there is nothing to look at."""
        return self.record.id if self.record and self.record.exchanges else ""

    def hide(self, secret: str) -> Self:
        """This error without a key that the upstream echoed: plain, cut short, reversed, in base64."""
        blot = Blotter(secret)
        for name in ("message", "remedy", "request_id", "detail"):
            setattr(self, name, blot.text(getattr(self, name)))
        self.args = (self.message,)
        return self

    def __str__(self) -> str:
        return self.sentence


class InvalidInput(ServiceError):
    """We would not send this."""


class Unreachable(ServiceError):
    """No connection, or no reply in time; `unsent` when it is certain that nothing of the request left."""

    unsent = False


class Refused(ServiceError):
    """The API said no."""


class Unauthorized(Refused):
    """401: the key is missing or wrong."""


class OutOfCredit(Refused):
    """402, or 403 about credits: the key is fine, the account is empty."""


class NotAllowed(Refused):
    """403 otherwise: this key may not do this."""


class NotFound(Refused):
    """404: no such model (`names_model`), or no such path."""

    names_model = False


class RateLimited(Refused):
    """429, or a limit of our own; `retry_after` in seconds, 0 when unknown."""


class Unavailable(ServiceError):
    """5xx: try again later."""


class Interrupted(ServiceError):
    """An answer began and did not end; what came is kept by whoever reads the stream."""


class MalformedReply(ServiceError):
    """2xx, but not what the contract promises."""
