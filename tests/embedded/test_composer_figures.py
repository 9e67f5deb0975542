"""Where things sit on each other, and what colour does to a picture."""

from itertools import pairwise

import numpy as np
import pytest

from services.embedded.composer.colours import recoloured
from services.embedded.composer.figure import anchor, figure, fit_of, worn
from services.embedded.composer.reading import read
from services.embedded.composer.scene import Thing
from services.embedded.composer.setting import Ground
from services.embedded.composer.sprites import LARGEST, art, outline
from services.embedded.composer.stage import arrange
from services.embedded.composer.tables import anchors, kinds

HATS = [name for name, kind in kinds().items() if kind.slot == "head"]
HEADED = [name for name, slots in anchors().items() if "head" in slots]


@pytest.mark.parametrize("wearer", HEADED)
def test_a_hat_sits_on_the_head(wearer):
    head = anchor(wearer, "head")
    for hat in HATS:
        part = worn(wearer, Thing(hat), 1.0)
        fit, size = fit_of(hat, "head"), part.image.width
        rim_x, rim_y = (part.x + fit.x * size) / 256, (part.y + fit.y * size) / 256
        assert abs(rim_x - head.x) <= head.width / 2
        assert abs(rim_y - head.y) <= head.width / 2


@pytest.mark.parametrize("name", sorted(anchors()))
def test_every_anchor_lies_on_its_picture(name):
    left, top, right, bottom = (edge / 256 for edge in outline(name))
    for slot, place in anchors()[name].items():
        if slot != "turn":
            assert left - 0.08 <= place.x <= right + 0.08, slot
            assert top - 0.08 <= place.y <= bottom + 0.08, slot


def test_a_rider_is_above_what_it_rides():
    alone = figure(Thing("horse"), 1.0)
    ridden = figure(Thing("horse"), 1.0, riders=[(Thing("astronaut"), "riding")])
    assert ridden.foot_y > alone.foot_y + 20


def test_a_cat_in_clothes_shows_its_front():
    dressed = figure(Thing("cat", worn=(Thing("crown"),)), 1.0)
    assert dressed.width == pytest.approx(figure(Thing("cat_front"), 1.0).width)


def test_no_picture_grows_beyond_its_limit():
    assert max(figure(Thing("cat"), 9.0).image.size) <= LARGEST


@pytest.mark.parametrize(("colour", "channel"), [("red", 0), ("green", 1), ("blue", 2)])
@pytest.mark.parametrize("name", ["car", "elephant", "balloon"])
def test_a_colour_word_changes_the_main_colour(name, colour, channel):
    pixels = np.asarray(recoloured(art(name), colour), np.float32)
    seen = pixels[pixels[..., 3] > 200]
    assert int(seen[:, :3].mean(axis=0).argmax()) == channel


def test_tyres_stay_dark_when_a_car_is_dyed():
    before, after = np.asarray(art("car"), np.int16), np.asarray(recoloured(art("car"), "yellow"), np.int16)
    dark = (before[..., :3].max(axis=-1) < 70) & (before[..., 3] > 200)
    assert np.abs(after - before)[dark].mean() < 12


@pytest.mark.parametrize(
    ("prompt", "count"),
    [("three cats", 3), ("a dozen balloons over a house", 13), ("a cat on a sofa", 1), ("seven dwarf horses", 7)],
)
def test_everybody_gets_a_place(prompt, count):
    ground = Ground(horizon=250, top=280, bottom=480)
    actors = arrange(read(prompt), ground, 512, 512, np.random.default_rng(1))
    assert len(actors) == count
    assert all(0 <= actor.x <= 512 and 0 < actor.y <= 512 for actor in actors)


def test_an_elephant_is_larger_than_a_mouse():
    ground = Ground(horizon=250, top=280, bottom=480)
    actors = arrange(read("an elephant and a mouse"), ground, 512, 512, np.random.default_rng(1))
    tall = {actor.name: actor.figure.image.height for actor in actors}
    assert tall["elephant"] > 2 * tall["mouse"]


def test_whoever_stands_at_the_same_thing_does_not_stand_in_the_same_place():
    ground = Ground(horizon=250, top=280, bottom=480)
    actors = arrange(read("a teddy bear and a gift under a tree"), ground, 512, 512, np.random.default_rng(1))
    places = {actor.name: actor.x for actor in actors}
    assert abs(places["teddy_bear"] - places["gift"]) > 30


def test_who_flies_over_a_place_leaves_the_ground():
    ground = Ground(horizon=250, top=280, bottom=480)
    (dog,) = arrange(read("a superhero dog flying over the city"), ground, 512, 512, np.random.default_rng(1))
    assert dog.flying


@pytest.mark.parametrize("wearer", [name for name, slots in anchors().items() if "back" in slots])
def test_a_cape_does_not_trail_far_below_the_feet(wearer):
    dressed = figure(Thing(wearer, worn=(Thing("cape"),)), 1.0)
    assert dressed.image.height - dressed.foot_y <= 0.09 * dressed.foot_y


@pytest.mark.parametrize("seed", range(8))
def test_two_in_front_of_one_thing_stand_on_its_two_sides(seed):
    ground = Ground(250, 300, 480)
    actors = arrange(read("a cat and a fox in front of a castle"), ground, 1024, 512, np.random.default_rng(seed))
    at = {actor.name: actor.x for actor in actors}
    assert (at["cat"] - at["castle"]) * (at["fox"] - at["castle"]) < 0


def test_ducks_on_the_water_swim_side_by_side_and_on_the_picture():
    ground = Ground(250, 400, 480, water=(250, 400))
    ducks = sorted(arrange(read("three ducks"), ground, 512, 512, np.random.default_rng(1)), key=lambda duck: duck.x)
    assert all(duck.afloat for duck in ducks)
    for left, right in pairwise(ducks):
        assert right.x - left.x > 0.8 * right.figure.width
    assert ducks[0].x - ducks[0].figure.width / 2 > 0
    assert ducks[-1].x + ducks[-1].figure.width / 2 < 512


@pytest.mark.parametrize("animal", ["duck", "chicken", "unicorn"])
def test_a_coloured_animal_is_of_that_colour_all_over_not_on_its_head_only(animal):
    red, _, blue, alpha = np.moveaxis(np.asarray(art(animal, "yellow"), np.float32), -1, 0)
    seen = alpha > 200
    assert np.mean((red - blue)[seen] > 60) > 0.6
