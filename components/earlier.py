"""A transcription that goes on while its page is gone, and how it is picked up. Knows what a page may say of it, which
is not to be trusted; knows no widgets.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from components.news import Kept
from services.errors import InvalidInput, NotFound, RateLimited, ServiceError, Unauthorized, Unreachable
from services.gate import Call
from services.visitor import Visitor

PICK_UP = ("resume", "Pick it up")
FORGET = ("forget", "Forget it")


@dataclass(frozen=True)
class Accepted:
    """The upstream has taken a job on: its id, the model, whether a visitor's own key pays for it, and `sealed`."""

    job: str
    model: str
    own_key: bool
    seal: str

    @classmethod
    def by(cls, job: str, call: Call, *, own_key: bool) -> Accepted:
        return cls(job, call.route.model.id, own_key, sealed(job, call.route.endpoint.key))


Tell = Callable[[str | Accepted], None]


class Earlier(BaseModel):
    """A job as the browser has kept it; never a key, only whose it was."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    job: str = Field(min_length=1, max_length=200)
    model: str = Field(max_length=200)
    whose: Literal["own", "page"]
    seal: str = Field("", max_length=64)
    url: str = Field("", max_length=4000)
    language: str = Field("", max_length=40)
    diarize: bool = False
    name: str = Field("", max_length=4000)

    @classmethod
    def read(cls, said: Any) -> Earlier:
        """What the page says. Raises InvalidInput for what can't be a job."""
        try:
            return cls.model_validate(said)
        except ValidationError as wrong:
            raise InvalidInput("This is no transcription that was kept.", remedy="Transcribe it again.") from wrong

    @property
    def asked(self) -> Kept:
        """What it was asked with, for the page."""
        return self.model_dump(include={"model", "url", "language", "diarize", "name"})

    def asked_for_by(self, visitor: Visitor) -> Visitor:
        """The visitor with the key that the job was started with: nobody's key is used for another's job.

        Raises Unauthorized when it was the visitor's own and is not here any more.
        """
        if self.whose == "page":
            return replace(visitor, key=None)
        if not visitor.own_key:
            raise Unauthorized(
                "This transcription was started with a key of your own.",
                remedy="Paste that key again, then pick it up; nothing is sent or paid twice.",
            )
        return visitor

    def checked(self, call: Call) -> str:
        """The job's id, if it was the call's key that it was started with: nobody gets another's by knowing its id.

        Raises Unauthorized for another key of the visitor's, NotFound where it is the page's.
        """
        if hmac.compare_digest(self.seal.encode(), sealed(self.job, call.route.endpoint.key).encode()):
            return self.job
        if self.whose == "own":
            raise Unauthorized(
                "That transcription was started with another key.", remedy="Paste that key again, then pick it up."
            )
        raise NotFound("That transcription was not started here.", remedy="Transcribe the recording again.")


def sealed(job: str, key: SecretStr) -> str:
    """What only the holder of the key can say of a job; the same after a restart, and at every replica."""
    return hmac.new(key.get_secret_value().encode(), b"job " + job.encode(), "sha256").hexdigest()


def lasts(error: ServiceError) -> bool:
    """Whether the job may still be had after this failure."""
    return isinstance(error, (Unreachable, RateLimited, Unauthorized))
