"""The check against the published shapes, to which our client and the engine are both held."""

from upstream.contract import assert_published, differences, example, published

__all__ = ["assert_published", "differences", "example", "published"]
