"""Pictures, from the prompt to the file, against a scripted upstream in both published forms."""

import base64
import errno
import io
import json
import struct
import threading
import time
import tracemalloc
import zlib
from pathlib import Path

import openai  # noqa: F401  (before any clock runs: its import takes a while)
import pytest
from PIL import Image
from upstream import Answer, RawUpstream, Upstream, picture
from upstream.contract import assert_published, published
from upstream.raw import reset_at_once

from services.catalog import Model, Price
from services.endpoint import DEFAULT_BASE, Endpoint
from services.errors import InvalidInput, MalformedReply, OutOfCredit, ServiceError, Unreachable
from services.fetch import Fetcher
from services.image import ImageService
from services.limits import Limits
from services.media import sniff
from services.routes import Route
from services.settings import Settings
from services.transport import Transport

FLUX = Model("flux/schnell", "image")
GPT = Model("openai/gpt-image-1-mini", "image")
COMPOSER = Model("embedded/composer", "image")


@pytest.fixture
async def service(tmp_path):
    transport = Transport(Limits(connect=2, first_byte_media=20, total_media=20))
    yield ImageService(transport, Fetcher(transport.limits), tmp_path)
    await transport.close()


def route(upstream, model=FLUX, dialect="auto", **more):
    return Route(Endpoint.at(upstream.base, dialect=dialect, **more), model)


def inline(*data):
    return Answer(json={"data": [{"b64_json": base64.b64encode(one).decode() if one else one} for one in data]})


@pytest.mark.parametrize("dialect", ["auto", "v1", "seed"])
@pytest.mark.parametrize("model", [FLUX, GPT, COMPOSER])
async def test_a_prompt_becomes_a_file(upstream, service, dialect, model):
    made = await service.generate(route(upstream, model, dialect), "a red boat", size="640x640")
    [image] = made.images
    assert Image.open(image.path).size == (image.width, image.height)
    assert sniff(image.path.read_bytes()).media_type == image.media_type
    assert image.path.parent == service._folder
    assert made.failed == ()
    assert (made.run.model, made.run.request_id != "") == (model.id, True)


async def test_a_server_of_the_old_form_only_is_found_out(upstream_seed, service):
    made = await service.generate(route(upstream_seed), "a red boat")
    assert len(made.images) == 1


async def test_only_documented_fields_leave(upstream, service):
    await service.generate(route(upstream), "a red boat", size="1024x768", n=2, seed=0, negative_prompt="rain")
    [call] = upstream.calls_to("image")
    assert call.json == {
        "model": "flux/schnell",
        "prompt": "a red boat",
        "image_size": {"width": 1024, "height": 768},
        "num_images": 2,
    }
    assert_published(call.json, "image", "request")


async def test_media_are_fetched_without_the_key(upstream, service):
    await service.generate(Route(Endpoint.at(upstream.base, key=_key("sk-canary")), FLUX), "a red boat")
    assert [call.key for call in upstream.calls_to("image")] == ["sk-canary"]
    assert [call.headers.get("authorization") for call in upstream.calls_to("media")] == [None]


def _key(text):
    from pydantic import SecretStr

    return SecretStr(text)


@pytest.mark.parametrize("case", [name for name, it in published("image")["examples"].items() if "response" in it])
async def test_every_published_reply_gives_its_pictures(upstream, service, case):
    reply = json.loads(json.dumps(published("image")["examples"][case]["response"]))
    entries = reply.get("data") or reply.get("images") or reply["output"]["choices"]
    for at, entry in enumerate(entries):
        for name in ("b64_json", "image_base64"):
            if entry.get(name):
                entry[name] = base64.b64encode(picture(str(at))).decode()
        if entry.get("url"):
            entry["url"] = f"{upstream.root}/media/8x8/{at}.png"
    upstream.plan("image", Answer(json=reply))
    made = await service.generate(route(upstream), "a red boat")
    assert (len(made.images), made.failed) == (len(entries), ())


async def test_the_same_pictures_in_two_lists_are_shown_once(upstream, service):
    entries = [{"url": f"{upstream.root}/media/8x8/{i}.png"} for i in range(2)]
    upstream.plan("image", Answer(json={"data": entries, "images": entries}))
    assert len((await service.generate(route(upstream), "boats", n=2)).images) == 2


async def test_an_empty_first_list_does_not_hide_the_second(upstream, service):
    empty = [{"url": None, "b64_json": None}]
    full = [{"url": f"{upstream.root}/media/8x8/a.png"}]
    upstream.plan("image", Answer(json={"data": empty, "images": full}))
    assert len((await service.generate(route(upstream), "a boat")).images) == 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_the_bytes_decide_the_type_and_stay_as_they_are(upstream, service, kind):
    data = picture("a", kind=kind)
    upstream.plan(
        "image", Answer(json={"data": [{"b64_json": base64.b64encode(data).decode(), "mime_type": "image/x"}]})
    )
    [image] = (await service.generate(route(upstream), "a boat")).images
    assert (image.media_type, image.path.read_bytes()) == (f"image/{kind.lower()}", data)
    assert image.path.suffix == {"JPEG": ".jpg"}.get(kind, f".{kind.lower()}")


@pytest.mark.parametrize(
    "shape",
    [lambda text: f"data:image/png;base64,{text}", lambda text: text.rstrip("="), lambda text: "\n".join(text)],
    ids=["data URL", "no padding", "line breaks"],
)
async def test_base64_is_taken_in_every_form(upstream, service, shape):
    """C37."""
    text = base64.b64encode(picture("ab")).decode()
    upstream.plan("image", Answer(json={"output": {"choices": [{"image_base64": shape(text)}]}}))
    [image] = (await service.generate(route(upstream), "a boat")).images
    assert image.path.read_bytes() == picture("ab")


async def test_raw_picture_bytes_are_a_picture(upstream, service):
    upstream.plan("image", Answer(body=picture("a"), content_type="image/png"))
    assert len((await service.generate(route(upstream), "a boat")).images) == 1


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"output": {}},
        {"output": {"choices": []}},
        {"data": [{"b64_json": ""}]},
        {"data": [{}]},
        {"data": "nonsense"},
        {"data": [{"b64_json": "not*base64"}]},
        {"data": [{"b64_json": base64.b64encode(b"<html>no</html>").decode()}]},
        {"data": [{"b64_json": base64.b64encode(b"GIF89a" + bytes(50)).decode()}]},
        {"error": {"message": "the painter is ill"}},
    ],
)
async def test_a_reply_without_a_picture_is_an_error_with_a_remedy_and_the_request_id(upstream, service, reply):
    """C36, C37, C38."""
    upstream.plan("image", Answer(json=reply, headers={"x-request-id": "r42"}))
    with pytest.raises(MalformedReply) as error:
        await service.generate(route(upstream), "a boat")
    assert error.value.remedy
    assert error.value.request_id == "r42"
    assert "<" not in error.value.sentence
    assert list(service._folder.iterdir()) == []


async def test_an_error_in_place_of_a_picture_is_quoted(upstream, service):
    """C38."""
    upstream.plan("image", inline(b'{"message": "no picture for you"}'))
    with pytest.raises(MalformedReply, match="no picture for you"):
        await service.generate(route(upstream), "a boat")
    upstream.plan("image", Answer(json={"error": {"message": "the painter is ill"}}))
    with pytest.raises(MalformedReply, match="the painter is ill"):
        await service.generate(route(upstream), "a boat")


def bomb(width, height):
    """A PNG whose header claims a size and whose data are short."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [50_000, 13_000, 5_001])
async def test_a_huge_picture_is_refused_before_it_is_decoded(upstream, service, side):
    """C39; the memory of a whole process is in test_bombs."""
    upstream.plan("image", inline(bomb(side, side)))
    tracemalloc.start()
    try:
        with pytest.raises(MalformedReply, match="25 million pixels"):
            await service.generate(route(upstream), "a boat")
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_half_a_picture_is_an_error(upstream, service, kind):
    """C40."""
    noise = Image.effect_noise((200, 200), 80)
    file = io.BytesIO()
    noise.save(file, kind)
    upstream.plan("image", inline(file.getvalue()[: len(file.getvalue()) // 2]))
    with pytest.raises(MalformedReply, match="damaged or was cut off"):
        await service.generate(route(upstream), "a boat")


async def test_three_good_pictures_and_a_bad_one_are_three_and_a_sentence(upstream, service):
    """C42."""
    upstream.plan("image", inline(picture("a"), picture("b"), b"broken", picture("c")))
    made = await service.generate(route(upstream), "boats", n=4)
    assert (len(made.images), len(made.failed)) == (3, 1)
    assert "not a picture" in made.failed[0]


async def test_fewer_pictures_than_asked_for_are_counted(upstream, service):
    upstream.plan("image", inline(picture("a")))
    assert "made 1 of 3" in (await service.generate(route(upstream), "boats", n=3)).notice


async def test_a_marked_picture_is_said_to_be_marked(upstream, service):
    images = [{"url": f"{upstream.root}/media/8x8/a.png"}]
    upstream.plan("image", Answer(json={"images": images, "has_nsfw_concepts": [True]}))
    assert "safety filter" in (await service.generate(route(upstream), "a boat")).notice
    upstream.plan("image", Answer(json={"images": images, "has_nsfw_concepts": [False]}))
    assert (await service.generate(route(upstream), "a boat")).notice == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/a.png",
        "https://10.0.0.1/a.png",
    ],
)
async def test_a_reply_can_not_send_us_to_a_private_place(upstream, service, url):
    """C41."""
    upstream.plan("image", Answer(json={"data": [{"url": url}]}))
    with pytest.raises(MalformedReply, match="not allowed"):
        await service.generate(route(upstream), "a boat")


async def test_the_seed_is_what_the_reply_says_or_what_was_sent(upstream, service):
    one = base64.b64encode(picture("a")).decode()
    for reply, sent, seed in (
        ({"seed": 42, "images": [{"b64_json": one}]}, None, 42),
        ({"data": [{"b64_json": one, "seed": 7}], "seed": 42}, None, 7),
        ({"data": [{"b64_json": one}]}, 5, 5),
        ({"data": [{"b64_json": one}]}, None, None),
    ):
        upstream.plan("image", Answer(json=reply))
        assert (await service.generate(route(upstream), "a boat", seed=sent)).images[0].seed == seed


async def test_the_seed_that_was_sent_is_not_said_to_be_that_of_every_picture(upstream, service):
    upstream.plan("image", inline(picture("a"), picture("b")))
    made = await service.generate(route(upstream), "boats", n=2, seed=5)
    assert [image.seed for image in made.images] == [None, None]


async def test_cost_is_billed_estimated_free_or_unknown(upstream, service):
    billed = Answer(json={**inline(picture("a")).json, "meta": {"usage": {"usd_spent": 0.026}}})
    header = Answer(json=inline(picture("a")).json, headers={"x-aimlapi-usd-spent": "0.03"})
    priced = Model("flux/dev", "image", prices=(Price("image", 0.02),))
    for answer, model, embedded, usd, kind in (
        (billed, priced, False, 0.026, "billed"),
        (header, priced, False, 0.03, "billed"),
        (inline(picture("a"), picture("b")), priced, False, 0.04, "estimated"),
        (inline(picture("a")), FLUX, False, None, "unknown"),
        (inline(picture("a")), COMPOSER, True, 0.0, "free"),
    ):
        upstream.plan("image", answer)
        cost = (await service.generate(route(upstream, model, embedded=embedded), "boats")).run.cost
        assert (cost.usd, cost.kind) == (usd, kind)


@pytest.mark.parametrize(
    ("prompt", "more", "words"),
    [
        ("", {}, "no prompt"),
        (" \u200b\n", {}, "no prompt"),
        ("x" * 4001, {}, "4,001 characters; 4,000"),
        ("a boat", {"n": 0}, "can't be asked"),
        ("a boat", {"n": 11}, "can't be asked"),
        ("a boat", {"size": "huge"}, "no size"),
    ],
)
async def test_nothing_is_sent_for_what_can_not_work(upstream, service, prompt, more, words):
    """C55, C56: the limit and the count are in the sentence."""
    with pytest.raises(InvalidInput, match=words):
        await service.generate(route(upstream), prompt, **more)
    assert upstream.calls == []


async def test_a_refusal_is_asked_for_once(upstream, service):
    upstream.always("image", Answer.refusing(403, "You have run out of credits"))
    with pytest.raises(OutOfCredit):
        await service.generate(route(upstream), "a boat")
    assert len(upstream.calls) == 1


async def test_a_connection_that_breaks_is_not_paid_for_twice(service):
    with RawUpstream(reset_at_once) as broken, pytest.raises(Unreachable):
        await service.generate(Route(Endpoint.at(broken.root, dialect="v1"), FLUX), "a boat")


async def test_a_server_that_knows_no_response_format_is_asked_without(service):
    def picky(call):
        return (
            Answer.refusing(400, "Unknown parameter: 'response_format'.", "openai")
            if "response_format" in call.json
            else None
        )

    with Upstream({"v1"}, script=picky) as upstream:
        made = await service.generate(route(upstream, Model("gpt-image-1", "image", plain=True)), "a boat")
    assert len(made.images) == 1
    assert len(upstream.calls_to("image")) == 2


async def test_a_full_disk_is_said_and_it_works_again_after(upstream, service, monkeypatch):
    """C71: no space while the picture is written."""

    def full(path, data):
        raise OSError(errno.ENOSPC, "as planned")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(ServiceError, match="no space left"):
            await service.generate(route(upstream), "a boat")
    assert list(service._folder.iterdir()) == []
    assert (await service.generate(route(upstream), "a boat")).images


async def test_pictures_are_decoded_one_after_the_other_and_hold_no_thread_while_they_wait(
    upstream, service, monkeypatch
):
    """Ten decoded pictures at once would be a gigabyte; waiting ones must not use up the threads of others."""
    import services.image

    at_once, most, threads = 0, 0, set()
    decode = services.image.checked

    def counted(data, limits):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        threads.add(threading.current_thread())
        time.sleep(0.02)
        at_once -= 1
        return decode(data, limits)

    monkeypatch.setattr(services.image, "checked", counted)
    upstream.plan("image", inline(*(picture(str(i)) for i in range(8))))
    assert len((await service.generate(route(upstream), "boats", n=4)).images) == 8
    assert most == 1
    assert threading.main_thread() not in threads


async def test_parameters_a_model_ignores_are_named(upstream, service):
    made = await service.generate(route(upstream, GPT), "boats", n=2, seed=4)
    assert made.ignored == ("n", "seed")


@pytest.mark.live
@pytest.mark.parametrize("name", ["flux/schnell", "google/imagen-4.0-fast-generate-001"])
async def test_the_real_api_makes_a_picture(service, name):
    owner = Settings()
    endpoint = Endpoint.at(owner.api_base or DEFAULT_BASE, owner.api_key, owner.api_dialect)
    made = await service.generate(Route(endpoint, Model(name, "image")), "a red boat on a calm lake", size="512x512")
    assert len(made.images) == 1
