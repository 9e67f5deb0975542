"""Laws of the composer that hold for every prompt: size, determinism, seeds, files for every row of the tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.embedded.composer import compose
from services.embedded.composer.places import PAINTERS
from services.embedded.composer.sprites import art
from services.embedded.composer.tables import FOLDER, anchors, kinds, tags, words

SMALL = {"width": 256, "height": 256}


@pytest.mark.parametrize("size", [(256, 256), (256, 768), (768, 256), (1024, 576)])
@pytest.mark.parametrize("prompt", ["", "a cat in a hat on the beach", "zxqv"])
def test_the_picture_has_exactly_the_asked_size(prompt, size):
    assert compose(prompt, width=size[0], height=size[1], seed=3).size == size


@pytest.mark.parametrize("side", [63, 2049])
def test_a_size_out_of_bounds_is_refused(side):
    with pytest.raises(ValueError):
        compose("a cat", width=side, height=256, seed=1)


@pytest.mark.parametrize(
    "prompt", ["three cats in the rain, oil painting", "", "watercolour of a lake", "pixel art robot"]
)
def test_the_same_prompt_and_seed_give_the_same_bytes(prompt):
    once, twice = (compose(prompt, seed=7, **SMALL).tobytes() for _ in range(2))
    assert once == twice


@pytest.mark.parametrize("prompt", ["a dog in the park", "", "a red car in the city at night"])
def test_another_seed_gives_a_visibly_different_picture(prompt):
    one, other = (np.asarray(compose(prompt, seed=seed, **SMALL), np.int16) for seed in (1, 2))
    assert (np.abs(one - other).max(axis=-1) > 24).mean() > 0.10


def test_every_object_has_its_picture():
    assert [name for name in kinds() if art(name).getbbox() is None] == []


def test_every_picture_belongs_to_an_object():
    assert {path.stem for path in (FOLDER / "art").glob("*.webp")} == set(kinds())


def test_the_art_stays_within_its_budget():
    assert sum(path.stat().st_size for path in (FOLDER / "art").iterdir()) <= 3_000_000


def test_the_art_comes_with_its_licences():
    assert "Copyright (c) Microsoft Corporation" in (FOLDER / "art" / "LICENSE-fluent-emoji.txt").read_text()
    assert "Mu-An Chiou" in (FOLDER / "data" / "LICENSE-emojilib.txt").read_text()


def test_the_tables_speak_of_known_objects_and_places_only():
    assert set(words()["places"]) == set(PAINTERS)
    assert {kind.home for kind in kinds().values()} <= set(PAINTERS)
    assert {name for names in tags().values() for name in names} <= set(kinds())
    assert set(anchors()) <= set(kinds())
    assert {name for outfit in words()["outfits"]["sets"] for name in outfit} <= set(kinds())


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.integers(0, 2**32 - 1))
def test_any_text_gives_a_picture(prompt, seed):
    assert compose(prompt, width=96, height=128, seed=seed).size == (96, 128)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            sorted(
                {word for kind in kinds().values() for word in kind.words}
                | {"on", "under", "in", "riding", "holding", "no", "two", "giant", "red", "with"}
            )
        ),
        max_size=14,
    )
)
def test_any_order_of_known_words_gives_a_picture(some):
    assert compose(" ".join(some), width=128, height=96, seed=1).size == (128, 96)
