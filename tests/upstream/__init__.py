"""A scripted upstream on loopback: `with Upstream() as upstream: ...`, or `python -m tests.upstream --port 9000`."""

from .answers import Scene, picture, tone
from .calls import Answer, Call, Part
from .raw import RawUpstream
from .server import Upstream

__all__ = ["Answer", "Call", "Part", "RawUpstream", "Scene", "Upstream", "picture", "tone"]
