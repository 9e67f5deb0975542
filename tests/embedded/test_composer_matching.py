"""Prompt → scene: which objects, how many, in which colours, where, when and how related."""

import numpy as np
import pytest

from services.embedded.composer.compose import place_of
from services.embedded.composer.language import singular, terms
from services.embedded.composer.reading import read


def names(prompt, negative=""):
    return [thing.name for thing in read(prompt, negative).things]


def one(prompt):
    (thing,) = read(prompt).things
    return thing


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("three cats", [("cat", 3)]),
        ("a dozen balloons", [("balloon", 12)]),
        ("two dogs and a horse", [("dog", 2), ("horse", 1)]),
        ("mice", [("mouse", 3)]),
        ("a couple of foxes", [("fox", 2)]),
        ("a pair of glasses", [("glasses", 2)]),
        ("hundreds of butterflies", [("butterfly", 24)]),
    ],
)
def test_things_are_counted(prompt, expected):
    assert [(thing.name, thing.count) for thing in read(prompt).things] == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a red bicycle", ("red",)),
        ("a dark blue car", ("dark blue",)),
        ("red and blue balloons", ("red", "blue")),
        ("an orange cat", ("orange",)),
        ("a golden crown", ("golden",)),
    ],
)
def test_a_colour_belongs_to_the_noun_after_it(prompt, expected):
    assert one(prompt).colours == expected


@pytest.mark.parametrize("prompt", ["four red xyzzies and a cat", "four red xyzzies behind a cat"])
def test_colour_and_number_of_an_unknown_thing_do_not_pass_to_the_next(prompt):
    assert (one(prompt).name, one(prompt).count, one(prompt).colours) == ("cat", 1, ())


def test_orange_alone_is_the_fruit():
    assert [(thing.name, thing.colours) for thing in read("an orange and two green apples").things] == [
        ("tangerine", ()),
        ("green_apple", ()),
    ]


def test_only_the_named_thing_takes_the_colour():
    assert [thing.colours for thing in read("a blue elephant next to a house").things] == [("blue",), ()]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a bat flying at night", "bat"),
        ("a baseball bat", "cricket_bat"),
        ("a mouse eating cheese", "mouse"),
        ("a mouse beside a keyboard", "computer_mouse"),
        ("a football", "soccer_ball"),
        ("american football", "rugby"),
    ],
)
def test_a_homonym_is_decided_by_the_words_around_it(prompt, expected):
    assert names(prompt)[0] == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("hot dog", ["hot_dog"]),
        ("polar bear", ["polar_bear"]),
        ("fire engine", ["fire_engine"]),
        ("ice cream", ["ice_cream"]),
        ("a wedding cake with candles", ["birthday_cake", "candle"]),
    ],
)
def test_a_phrase_beats_its_words(prompt, expected):
    assert names(prompt) == expected


def test_a_name_beats_a_tag():
    assert names("a cat and a meow") == ["cat"]


def test_a_tag_is_better_than_nothing():
    assert names("meow") != []


@pytest.mark.parametrize("adjective", ["old", "young", "little", "big", "new", "happy"])
def test_an_adjective_alone_brings_no_object(adjective):
    assert names(f"a {adjective} xyzzy") == []


def test_an_old_lighthouse_is_a_tower_and_no_old_man():
    assert names("an old lighthouse on a cliff") == ["tokyo_tower"]


@pytest.mark.parametrize(
    ("prompt", "place", "time", "season"),
    [
        ("a crab on the beach at sunset", "beach", "sunset", ""),
        ("a fish under the sea", "underwater", "", ""),
        ("an owl in a forest at midnight in winter", "forest", "night", "winter"),
        ("a robot on the moon", "moon", "", ""),
        ("tea in the kitchen in the morning", "kitchen", "dawn", ""),
        ("a knight in a castle", "castle", "", ""),
    ],
)
def test_place_time_and_season_are_read(prompt, place, time, season):
    scene = read(prompt)
    assert (scene.place, scene.time, scene.season) == (place, time, season)


@pytest.mark.parametrize(
    ("prompt", "home"), [("a whale", "ocean"), ("a camel", "desert"), ("a taxi", "city"), ("a penguin", "snowfield")]
)
def test_without_a_place_a_thing_is_shown_at_home(prompt, home):
    assert place_of(read(prompt)) == home


@pytest.mark.parametrize(
    ("prompt", "weather"),
    [
        ("a dog in the rain", {"rain"}),
        ("fog over the lake", {"fog"}),
        ("a storm with a rainbow", {"storm", "rainbow"}),
        ("a windy hill", {"wind"}),
    ],
)
def test_weather_is_read(prompt, weather):
    assert read(prompt).weather == weather


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("a fox, watercolor", "watercolour"),
        ("oil painting of a cow", "oil"),
        ("pencil sketch of a cat", "pencil"),
        ("pixel art dragon", "pixel"),
        ("pop art banana", "poster"),
    ],
)
def test_styles_are_read(prompt, style):
    assert read(prompt).style == style


@pytest.mark.parametrize(
    ("prompt", "relation"),
    [
        ("a cat on a sofa", "on"),
        ("an astronaut riding a horse", "riding"),
        ("a bear in a canoe", "in"),
        ("a dog under a tree", "under"),
        ("a fox next to a mushroom", "beside"),
        ("a wolf behind a house", "behind"),
        ("a dragon flying over a castle", "over"),
    ],
)
def test_the_first_thing_is_related_to_the_second(prompt, relation):
    first = read(prompt).things[0]
    assert (first.relation, first.other) == (relation, 1)


@pytest.mark.parametrize(
    ("prompt", "worn"),
    [
        ("a cat in a top hat", ["top_hat"]),
        ("a dog with a red scarf and sunglasses", ["scarf", "sunglasses"]),
        ("a pirate cat", ["pirate_hat", "scarf"]),
        ("a bear dressed as a wizard", ["wizard_hat", "cape"]),
    ],
)
def test_clothes_are_worn(prompt, worn):
    assert [item.name for item in one(prompt).worn] == worn


def test_the_seed_documents_cat_wears_a_costume():
    cat = one("Hyperrealistic art featuring a cat in costume.")
    assert cat.name == "cat"
    assert len(cat.worn) >= 2


def test_what_is_held_is_in_the_hand():
    assert [item.name for item in one("a panda holding a red balloon").held] == ["balloon"]


@pytest.mark.parametrize(
    ("prompt", "negative"),
    [
        ("a beach without people, a crab", ""),
        ("a crab and a man on the beach", "people, man"),
        ("no man, only a crab", ""),
    ],
)
def test_what_is_ruled_out_is_left_out(prompt, negative):
    assert names(prompt, negative) == ["crab"]


def test_a_negative_prompt_also_keeps_the_background_free_of_it():
    assert "tree" in read("a park", "trees").without


def test_a_negative_prompt_rules_out_weather_too():
    assert read("a dog in the rain", "rain").weather == frozenset()


def test_an_emoji_is_the_thing_itself():
    assert names("🐙 🎸") == ["octopus", "guitar"]


def test_a_few_words_of_other_languages_are_known():
    assert one("gato con sombrero").worn[0].name == "sun_hat"


@pytest.mark.parametrize(
    ("prompt", "colour"),
    [
        ("ein blauer Vogel", "blue"),
        ("eine gelbe Katze", "yellow"),
        ("das grüne Haus", "green"),
        ("un coche rojo", "red"),
        ("una casa roja", "red"),
        ("un oiseau bleu", "blue"),
        ("une fleur blanche", "white"),
    ],
)
def test_colours_of_other_languages_are_known_in_all_their_forms_before_and_after_the_noun(prompt, colour):
    assert one(prompt).colours == (colour,)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("three yellow ducks swimming in a pond", ["duck"]),
        ("a dancing bear", ["bear"]),
        ("a woman surfing", ["woman"]),
        ("swimming in the sea", ["swimmer"]),
    ],
)
def test_a_deed_brings_a_person_only_where_nobody_else_does_it(prompt, expected):
    assert names(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a dog chasing a ball", [("dog", 1), ("soccer_ball", 1)]),
        ("a kitten with a ball", [("cat", 1), ("yarn", 1)]),
        ("a teapot and four cups on a table", [("teapot", 1), ("coffee", 4)]),
        ("two children building a sandcastle", [("child", 2), ("castle", 1)]),
    ],
)
def test_the_second_noun_is_not_lost(prompt, expected):
    assert [(thing.name, thing.count) for thing in read(prompt).things] == expected


def test_a_sandcastle_is_small_and_on_the_beach():
    scene = read("two children building a sandcastle")
    assert scene.place == "beach"
    assert scene.things[1].size < 1


def test_who_fights_stands_beside_the_enemy():
    knight, dragon, castle = read("a knight fighting a dragon in front of a castle").things
    assert (knight.relation, knight.other, dragon.other, castle.name) == ("beside", 1, None, "castle")


def test_nothing_known_is_an_empty_scene():
    assert read("xyzzy plugh").is_empty


@pytest.mark.parametrize(
    ("plural", "expected"),
    [("cats", "cat"), ("foxes", "fox"), ("fairies", "fairy"), ("wolves", "wolf"), ("bus", "bus"), ("glass", "glass")],
)
def test_plurals_are_undone(plural, expected):
    assert singular(plural) == expected


def test_a_very_long_prompt_is_read_to_its_end():
    assert names("lorem ipsum " * 3000 + "a cat") == ["cat"]


def test_every_term_keeps_its_text():
    assert [term.text for term in terms("a red cat, please")] == ["red", "cat", ",", "please"]


def test_the_choice_of_an_outfit_depends_on_the_seed():
    outfits = {read("a cat in costume", choice=choice).things[0].worn for choice in range(6)}
    assert len(outfits) == len(np.unique([str(outfit) for outfit in outfits])) == 6
