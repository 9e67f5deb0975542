"""Which processors the chat model's runtime would crash on."""

from __future__ import annotations

import pytest

from services.embedded.cpu import lacks_instructions


@pytest.mark.parametrize(
    ("machine", "flags", "lacking"),
    [
        ("x86_64", "fpu sse4_2 avx avx2 fma", False),
        ("x86_64", "fpu sse4_2 avx", True),
        ("AMD64", "none", True),
        ("x86_64", "", False),
        ("aarch64", "fp asimd", False),
        ("arm64", "", False),
    ],
)
def test_only_an_x86_without_avx2_lacks_something(machine, flags, lacking):
    assert bool(lacks_instructions(machine, flags)) is lacking


def test_the_sentence_names_what_lacks_and_what_helps():
    assert "AVX2" in lacks_instructions("x86_64", "sse2")
    assert "API key" in lacks_instructions("x86_64", "sse2")


def test_this_machine_can_be_asked():
    assert isinstance(lacks_instructions(), str)
