"""Pictures over the wire: both forms, sizes, seeds, and what the file itself says; not what is painted."""

from __future__ import annotations

import base64
import io

import pytest
from contract_check import assert_published
from PIL import Image
from running_engine import IMAGE

from services.embedded.image import allowed


def paint(api, path: str = "/v1/images/generations", **more: object):
    return api.post(path, json={"model": IMAGE, "prompt": "a red bicycle", "size": "256x256", **more})


def opened(picture: str) -> Image.Image:
    image = Image.open(io.BytesIO(base64.b64decode(picture, validate=True)))
    image.load()
    return image


@pytest.mark.engine
def test_the_current_form_has_the_published_shape(api):
    answer = paint(api).json()
    assert_published(answer, "image", "data")
    assert opened(answer["data"][0]["b64_json"]).format == "PNG"


@pytest.mark.engine
def test_the_form_of_2024_has_the_published_shape(api):
    answer = paint(api, "/images/generations").json()
    assert_published(answer, "image", "output")
    assert opened(answer["output"]["choices"][0]["image_base64"]).format == "PNG"


@pytest.mark.engine
def test_a_seed_is_reported_kept_and_gives_the_same_picture_in_both_forms(api):
    current, older = paint(api, seed=7).json(), paint(api, "/images/generations", seed=7).json()
    assert current["seed"] == older["args"]["seed"] == 7
    assert current["data"][0]["b64_json"] == older["output"]["choices"][0]["image_base64"]


@pytest.mark.engine
def test_without_a_seed_one_is_thrown_and_told(api):
    seeds = {paint(api).json()["seed"] for _ in range(3)}
    assert len(seeds) == 3
    assert min(seeds) >= 1


@pytest.mark.engine
@pytest.mark.parametrize("count", [{"n": 3}, {"num_images": 3}])
def test_several_pictures_have_seeds_of_their_own(api, count):
    data = paint(api, seed=5, **count).json()["data"]
    assert [picture["seed"] for picture in data] == [5, 6, 7]
    assert len({picture["b64_json"] for picture in data}) == 3


@pytest.mark.engine
@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"size": "512x256"}, (512, 256)),
        ({"size": None, "image_size": {"width": 300, "height": 257}}, (288, 256)),
        ({"size": "4000x10"}, (1024, 256)),
    ],
)
def test_sizes_are_rounded_to_what_it_paints(api, asked, size):
    assert opened(paint(api, **asked).json()["data"][0]["b64_json"]).size == size


@pytest.mark.engine
@pytest.mark.parametrize("prompt", ["a red bicycle", "ein Käse – 猫"])
def test_the_file_says_by_itself_how_it_was_made(api, prompt):
    image = opened(paint(api, prompt=prompt, seed=9).json()["data"][0]["b64_json"])
    assert image.text["prompt"] == prompt
    assert (image.text["seed"], image.text["model"]) == ("9", IMAGE)
    assert "Playground" in image.text["Software"]


@pytest.mark.engine
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", ""),
        ("prompt", "x" * 4001),
        ("prompt", 5),
        ("n", 0),
        ("n", 5),
        ("size", "big"),
        ("size", "0x512"),
        ("image_size", {"width": -1, "height": 5}),
        ("image_size", "square"),
        ("seed", 0),
        ("seed", 2**70),
    ],
)
def test_what_makes_no_sense_is_refused_by_the_fields_name(api, field, value):
    answer = paint(api, **{field: value})
    assert answer.status_code == 400
    assert field in answer.json()["message"]


@pytest.mark.parametrize(
    ("asked", "painted"),
    [((512, 512), (512, 512)), ((1, 5000), (256, 1024)), ((1024, 768), (1024, 768)), ((270, 275), (256, 288))],
)
def test_the_nearest_allowed_size(asked, painted):
    assert allowed(*asked) == painted
