"""The voices that the speech schemas list, by vendor; the first is the vendor's default. Knows nothing else."""


def named(names: str) -> tuple[str, ...]:
    """Names written in one string."""
    return tuple(names.split())


AURA_2 = named(
    "thalia amalthea andromeda apollo arcas aries asteria athena atlas aurora callista cora cordelia delia electra "
    "harmonia helena hera hermes hyperion iris janus juno jupiter luna mars minerva neptune odysseus ophelia orion "
    "orpheus pandora phoebe pluto saturn selene theia vesta zeus celeste estrella nestor"
)
AURA = named("asteria hera luna stella athena zeus orion arcas perseus angus orpheus helios")
OPENAI = named("alloy ash ballad coral echo fable nova onyx sage shimmer verse")
ELEVENLABS = (
    *named(
        "Rachel Drew Clyde Paul Aria Domi Dave Roger Fin Sarah Antoni Laura Thomas Charlie George Emily Elli Callum "
        "Patrick River Harry Liam Dorothy Josh Arnold Charlotte Alice Matilda James Joseph Will Jeremy Jessica Eric "
        "Michael Ethan Chris Gigi Freya Brian Grace Daniel Lily Serena Adam Nicole Bill Jessie Sam Glinda Giovanni Mimi"
    ),
    "Santa Claus",
)
INWORLD = named(
    "Alex Ashley Craig Deborah Dennis Dominus Edward Elizabeth Hades Heitor Julia Maitê Mark Olivia Pixie Priya "
    "Ronald Sarah Shaun Theodore Timothy Wendy"
)
MINIMAX = named(
    "Wise_Woman Friendly_Person Inspirational_girl Deep_Voice_Man Calm_Woman Casual_Guy Lively_Girl Patient_Man "
    "Young_Knight Determined_Man Lovely_Girl Decent_Boy Imposing_Manner Elegant_Man Abbess Sweet_Girl_2 "
    "Exuberant_Girl"
)
QWEN = named("Cherry Ethan Nofish Jennifer Ryan Katerina Elias Jada Dylan Sunny Li Marcus Roy Peter Rocky Kiki Eric")
VIBEVOICE = (
    "Alice [EN]",
    "Alice [EN] (Background Music)",
    "Carter [EN]",
    "Frank [EN]",
    "Maya [EN]",
    "Anchen [ZH] (Background Music)",
    "Bowen [ZH]",
    "Xinran [ZH]",
)
