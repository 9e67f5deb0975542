"""The illustration composer: a prompt becomes a picture put together from licensed art and painted light.

It is no diffusion model: it knows some 560 objects, 22 places and the words of `data/`, nothing else.
Pillow and numpy only.
"""

from .compose import compose

__all__ = ["compose"]
