"""Matched words → a scene: who has which colour, number, hat and place. Knows rough word order, no pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .language import Term, singular, tagged, terms
from .scene import Scene, Thing
from .tables import kinds, tags, words

WORN = ("head", "eyes", "neck", "chest", "back", "ears", "body")
MOST = 24  # of one kind in one picture
MOST_THINGS = 12  # kinds in one picture; a longer prompt's later ones are left out
MODIFIERS = ("colour", "count", "size")


def read(prompt: str, negative_prompt: str = "", *, choice: int = 0) -> Scene:
    """The scene that a prompt describes. `choice` (the seed) decides where a word leaves a choice, such as "animal"."""
    reader = Reader(colours_first(terms(prompt)), choice)
    for term in terms(negative_prompt):
        reader.ban(term)
    return reader.scene()


def tags_of(name: str) -> frozenset[str]:
    return frozenset(tag for tag, names in tags().items() if name in names)


def colours_first(sentence: Sequence[Term]) -> list[Term]:
    """ "Coche rojo" as "rojo coche": a colour of another language after its noun, unless a noun follows it too."""
    order = list(sentence)
    for place in range(1, len(order)):
        noun, colour, after = order[place - 1], order[place], order[place + 1] if place + 1 < len(order) else Term("")
        if "thing" in noun and "colour" in colour and colour.text in words()["foreign"] and "thing" not in after:
            order[place - 1], order[place] = colour, noun
    return order


class Reader:
    """Walks the terms once from left to right; what is not yet attached waits in the fields below."""

    def __init__(self, sentence: Sequence[Term], choice: int) -> None:
        self.sentence = sentence
        self.choice = choice
        self.things: list[Thing] = []
        self.subjects: list[int] = []  # whom the next relation speaks of
        self.relation = ""
        self.last_relation = ""
        self.closed = False  # a relation has got its object: the next thing begins a new subject
        self.joined = False
        self.negated = False
        self.colours: list[str] = []
        self.count = 0
        self.size = 1.0
        self.settings: dict[str, str] = {}
        self.weather: set[str] = set()
        self.sky: set[str] = set()
        self.finishes: set[str] = set()
        self.dressing_as = False  # "dressed as a ..."
        self.costume: tuple[Thing, ...] = ()  # of the animal that comes next
        self.unknown: list[str] = []
        self.loose_colours: list[str] = []
        self.banned: dict[str, set[str]] = {}

    def scene(self) -> Scene:
        for position, term in enumerate(self.sentence):
            self.take(term, position)
        if not any(self.allowed("thing", thing.name) for thing in self.things):
            self.fall_back_to_tags()
        self.forget_modifiers()
        return self.result()

    def take(self, term: Term, position: int) -> None:
        if "break" in term:
            self.pause(term.text)
        elif "negation" in term:
            self.negated = True
        elif "but" in term:
            self.negated = False
        elif "joining" in term:
            self.joined = True
            if position and not self.sentence[position - 1].meanings:  # its colour and number were an unknown thing's
                self.forget_modifiers()
        elif self.negated and "relation" not in term:
            self.ban(term)
        elif any(kind in term for kind in MODIFIERS) and self.modifies(term, position):
            self.modify(term)
        elif "body" in term and self.relation in ("on", "over") and self.put_on_body(term):
            pass
        elif "relation" in term:
            self.begin_relation(term, position)
        elif "outfit" in term:
            self.dress()
        elif self.is_costume(term, position):
            self.costume = tuple(Thing(name) for name in words()["dressed_as"][term.meanings["thing"]])
        elif not self.is_deed(term, position):
            self.name(term)

    def pause(self, mark: str) -> None:
        self.negated = False
        self.joined = mark == ","
        if mark != ",":
            self.relation = self.last_relation = ""
            self.closed = True
            self.forget_modifiers()

    def ban(self, term: Term) -> None:
        for kind, value in term.meanings.items():
            self.banned.setdefault(kind, set()).add(value)
        plain = {term.text, singular(term.text)}
        called = {name for name, kind in kinds().items() if plain.intersection(kind.words)}
        if not term.meanings or "thing" in term:
            called.update(name for word in plain for name in tags().get(word, ()))
        self.banned.setdefault("thing", set()).update(called)
        if term.text in ("person", "people", "human"):
            people = {
                name for name, kind in kinds().items() if "person" in kind.words or name in tags().get("human", ())
            }
            self.banned.setdefault("thing", set()).update(people)

    def modifies(self, term: Term, position: int) -> bool:
        """A word that is also a thing ("orange", "couple", "baby") modifies only if another thing follows directly."""
        if "thing" not in term:
            return True
        ahead = self.sentence[position + 1 : position + 4]
        for index, following in enumerate(ahead):
            if "thing" in following or "homonym" in following:
                return True
            if "joining" in following:
                after = ahead[index + 1] if index + 1 < len(ahead) else Term("")
                if "colour" not in after or "thing" in after:
                    return False
            elif following.meanings and not any(kind in following for kind in MODIFIERS):
                return "heaven" in following or "backdrop" in following
        return False

    def modify(self, term: Term) -> None:
        if "colour" in term:
            self.colours.append(term.meanings["colour"])
        elif "count" in term:
            self.count = max(self.count, 1) * int(words()["counts"][term.meanings["count"]])
        elif "size" in term:
            self.size *= float(words()["sizes"][term.meanings["size"]])

    def is_costume(self, term: Term, position: int) -> bool:
        """ "A pirate cat", "superhero dogs": directly before an animal the word says how it is dressed."""
        following = self.sentence[position + 1] if position + 1 < len(self.sentence) else Term("")
        animal = following.meanings.get("thing", "")
        return term.meanings.get("thing") in words()["dressed_as"] and "animal" in tags_of(animal)

    def is_deed(self, term: Term, position: int) -> bool:
        """ "Ducks swimming", "a dancing bear": what somebody named does, not a swimmer or a dancer besides."""
        following = self.sentence[position + 1] if position + 1 < len(self.sentence) else Term("")
        doers = [*(thing.name for thing in self.things), following.meanings.get("thing", "")]
        return term.text in words()["deeds"]["words"] and any(
            kinds()[name].stance not in ("item", "wear", "floor", "plant", "building") for name in doers if name
        )

    def forget_modifiers(self) -> None:
        self.loose_colours += self.colours
        self.colours, self.count, self.size = [], 0, 1.0

    def begin_relation(self, term: Term, position: int) -> None:
        self.negated = False
        self.forget_modifiers()
        self.relation = term.meanings["relation"]
        self.dressing_as = term.text in ("dressed as", "dressed like", "dressed up as")
        if "outfit" in term:
            self.dress()

    def dress(self) -> None:
        """ "In costume", "dressed up": one of the outfits on everybody spoken of so far."""
        sets = words()["outfits"]["sets"]
        outfit = tuple(Thing(name) for name in sets[self.choice % len(sets)])
        if not self.subjects:
            self.unknown.append("costume")
        for index in self.subjects:
            if not self.things[index].worn:
                self.things[index] = replace(self.things[index], worn=outfit)
        self.relation = ""

    def put_on_body(self, term: Term) -> bool:
        """ "... with a bird on its head": the last thing moves onto the one before it."""
        if len(self.things) < 2:
            return self.relation_ends()
        *_, host, rider = range(len(self.things))
        slot = "head" if term.text in ("head", "nose") else "back"
        self.things[host] = replace(self.things[host], worn=(*self.things[host].worn, self.things[rider]))
        if slot == "back":
            self.things[rider] = replace(self.things[rider], relation="on", other=host)
            self.things[host] = replace(self.things[host], worn=self.things[host].worn[:-1])
        else:
            del self.things[rider]
            self.subjects = [host]
        self.relation = ""
        return True

    def relation_ends(self) -> bool:
        self.relation = ""
        return True

    def name(self, term: Term) -> None:
        """A thing or a circumstance. A word that is both is the circumstance, unless counted or coloured."""
        counted = bool(self.count or self.colours or self.size != 1.0)
        circumstances = [kind for kind in ("time", "sky", "weather", "season", "style", "finish") if kind in term]
        if "heaven" in term or "backdrop" in term:
            self.colour_the_air(term)
        elif ("thing" in term or "homonym" in term) and (counted or not circumstances) and not self.is_place_here(term):
            self.add(self.kind_of(term), plural=term.plural)
        elif "place" in term or circumstances:
            self.lift()
            self.settle(term.meanings)
        else:
            self.unknown.append(term.text)

    def lift(self) -> None:
        """ "Flying over the city": who is spoken of is in the air, over no thing in particular."""
        if self.relation == "over":
            for index in self.subjects:
                self.things[index] = replace(self.things[index], relation="over")

    def is_place_here(self, term: Term) -> bool:
        return "place" in term and self.relation in ("in", "on", "beside", "over", "under")

    def kind_of(self, term: Term) -> str:
        if "homonym" not in term:
            return term.meanings["thing"]
        rule: dict[str, object] = words()["homonyms"][term.meanings["homonym"]]
        said = {word for other in self.sentence for word in other.text.split()}
        for name, signs in rule.items():
            if isinstance(signs, list) and said.intersection(signs):
                return name
        return str(rule["usual"])

    def colour_the_air(self, term: Term) -> None:
        if self.colours:
            self.settings["sky_colour" if "heaven" in term else "backdrop_colour"] = self.colours[0]
        elif "heaven" in term and self.relation == "in":
            self.settings.setdefault("weak_place", "sky")
        self.forget_modifiers()
        self.relation = ""

    def settle(self, meanings: Mapping[str, str]) -> None:
        for kind, value in meanings.items():
            if kind == "weather":
                self.weather.add(value)
            elif kind == "sky":
                self.sky.add(value)
            elif kind == "finish":
                self.finishes.add(value)
            elif kind == "place" and value == "studio":
                self.settings.setdefault("weak_place", value)
            elif kind in ("place", "time", "season", "style"):
                self.settings.setdefault(kind, value)
        self.forget_modifiers()
        self.relation = ""

    def add(self, name: str, *, plural: bool = False) -> None:
        count = min(self.count or (3 if plural and kinds()[name].slot not in WORN else 1), MOST)
        thing = Thing(name, count=count, size=self.size, colours=tuple(self.colours), worn=self.costume)
        self.costume = ()
        relation = self.relation or (self.last_relation if self.joined and self.continues(name) else "")
        self.forget_modifiers()
        self.joined, self.relation = False, ""
        if relation and self.subjects:
            self.relate(thing, relation)
            self.last_relation, self.closed = relation, True
        else:
            self.subjects = [len(self.things)] if self.closed else [*self.subjects, len(self.things)]
            self.closed = False
            self.things.append(thing)

    def continues(self, name: str) -> bool:
        """After "wearing a hat and ..." another wearable is worn too; after "holding ..." likewise."""
        slot = kinds()[name].slot
        return (self.last_relation in ("wearing", "in") and slot in WORN) or (
            self.last_relation == "holding" and bool(slot)
        )

    def relate(self, thing: Thing, relation: str) -> None:
        slot = kinds()[thing.name].slot
        if relation == "wearing" and self.dressing_as and thing.name in words()["dressed_as"]:
            outfit = tuple(Thing(name) for name in words()["dressed_as"][thing.name])
            self.give(worn=outfit)
        elif slot in WORN and relation in ("wearing", "in", "holding"):
            self.give(worn=(thing,))
        elif slot == "hand" and relation in ("holding", "wearing"):
            self.give(held=(thing,))
        else:
            self.place_towards(thing, relation)

    def give(self, worn: tuple[Thing, ...] = (), held: tuple[Thing, ...] = ()) -> None:
        for index in self.subjects:
            host = self.things[index]
            self.things[index] = replace(host, worn=host.worn + worn, held=host.held + held)

    def place_towards(self, thing: Thing, relation: str) -> None:
        relation = {"holding": "beside", "wearing": "beside"}.get(relation, relation)
        if relation == "in" and thing.name not in words()["containers"]["words"]:
            relation = "before"
        other = len(self.things)
        self.things.append(thing)
        for index in self.subjects:
            if self.things[index].other is None and index != other:
                self.things[index] = replace(self.things[index], relation=relation, other=other)

    def fall_back_to_tags(self) -> None:
        """No thing has been named: a word that objects carry as a keyword still beats an empty scene."""
        for word in self.unknown:
            names = [name for name in tagged(word, limit=40) if self.allowed("thing", name)]
            if names and len(word) > 2 and word not in words()["adjectives"]["words"]:
                self.things.append(Thing(names[self.choice % len(names)]))
                return

    def allowed(self, kind: str, value: str) -> bool:
        return value not in self.banned.get(kind, ())

    def result(self) -> Scene:
        setting = {kind: value for kind, value in self.settings.items() if self.allowed(kind, value)}
        return Scene(
            things=self.remaining(),
            place=setting.get("place") or setting.get("weak_place", ""),
            time=setting.get("time", ""),
            weather=frozenset(self.weather - self.banned.get("weather", set())),
            sky=frozenset(self.sky - self.banned.get("sky", set())),
            season=setting.get("season", ""),
            style=setting.get("style", ""),
            finishes=frozenset(self.finishes - self.banned.get("finish", set())),
            sky_colour=setting.get("sky_colour", ""),
            backdrop_colour=setting.get("backdrop_colour", ""),
            colours=tuple(self.loose_colours),
            without=frozenset(self.banned.get("thing", ())),
        )

    def remaining(self) -> tuple[Thing, ...]:
        """Without what was ruled out, relations renumbered."""
        kept = [index for index, thing in enumerate(self.things) if self.allowed("thing", thing.name)][:MOST_THINGS]
        new_place: dict[int | None, int] = {old: new for new, old in enumerate(kept)}
        return tuple(
            replace(
                self.things[index],
                worn=tuple(item for item in self.things[index].worn if self.allowed("thing", item.name)),
                held=tuple(item for item in self.things[index].held if self.allowed("thing", item.name)),
                other=new_place.get(self.things[index].other),
            )
            for index in kept
        )
