"""One declaration says what is accepted, in words too, reads text and writes it."""

import dataclasses
from typing import Annotated, Literal

import pytest

from recsys_core.errors import ConfigError
from recsys_core.settings.declaration import Setting, declared, settings_class


@settings_class
class Baking:
    minutes: Annotated[int | None, Setting("Minutes", "How long.", scope="runtime", low=1, high=90, none="ever")] = 20
    heat: Annotated[float, Setting("Heat", "How hot.", scope="structure", low=0, above_low=True, high=1)] = 0.5
    layers: Annotated[tuple[int, ...], Setting("Layers", "Of dough.", scope="structure", low=1, high=9, most=3)] = ()
    crust: Annotated[Literal["thin", "very_thick"], Setting("Crust", "What crust.", scope="label")] = "thin"
    salted: Annotated[bool, Setting("Salted", "With salt.", scope="data")] = False
    notes: str = ""


KNOWN = declared(Baking)


def test_a_class_declares_its_settings_in_order_with_type_and_default():
    assert [(each.name, each.kind, each.default) for each in KNOWN.values()] == [
        ("minutes", "whole", 20),
        ("heat", "number", 0.5),
        ("layers", "whole_list", ()),
        ("crust", "choice", "thin"),
        ("salted", "switch", False),
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"minutes": 0}, "`minutes` must be a whole number from 1 to 90, or None for ever. Received: 0"),
        ({"minutes": 2.0}, "`minutes` must be a whole number from 1 to 90, or None for ever. Received: 2.0"),
        ({"minutes": True}, "`minutes` must be a whole number from 1 to 90, or None for ever. Received: True"),
        ({"heat": 0}, "`heat` must be a number above 0 and up to 1. Received: 0"),
        ({"heat": "0.5"}, "`heat` must be a number above 0 and up to 1. Received: '0.5'"),
        ({"heat": float("inf")}, "`heat` must be a number above 0 and up to 1. Received: inf"),
        ({"layers": (1, 2, 3, 4)}, "`layers` must be at most 3 whole numbers from 1 to 9. Received: (1, 2, 3, 4)"),
        ({"layers": (1, True)}, "`layers` must be at most 3 whole numbers from 1 to 9. Received: (1, True)"),
        ({"layers": "12"}, "`layers` must be at most 3 whole numbers from 1 to 9. Received: '12'"),
        ({"crust": ["thin"]}, "`crust` must be one of thin, very_thick. Received: ['thin']"),
        ({"salted": "yes"}, "`salted` must be True or False. Received: 'yes'"),
        ({"salted": 1}, "`salted` must be True or False. Received: 1"),
        ({"sugar": 1}, "Settings must be among crust, heat, layers, minutes, salted. Received: sugar"),
    ],
)
def test_what_is_not_accepted_is_one_clear_error(given, said):
    with pytest.raises(ConfigError) as caught:
        Baking(**given)
    assert str(caught.value) == said


@pytest.mark.parametrize("value", ["x" * 10_000, "line\nbreak", ["\n" * 999], b"\0" * 5_000, range(10)])
def test_an_error_quotes_at_most_200_characters_on_one_line(value):
    with pytest.raises(ConfigError) as caught:
        Baking(heat=value)
    quoted = str(caught.value).split("Received: ")[1]
    assert len(quoted) <= 201
    assert "\n" not in quoted


def test_whole_numbers_do_for_numbers_and_lists_for_tuples_as_json_has_them():
    made = Baking(**{"heat": 1, "layers": [1, 2], "minutes": None})
    assert made == Baking(heat=1.0, layers=(1, 2), minutes=None)
    assert isinstance(made.heat, float)


def test_a_class_of_settings_is_frozen_compares_and_can_be_varied():
    made = Baking()
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.heat = 0.9  # pyright: ignore[reportAttributeAccessIssue]
    hotter = dataclasses.replace(made, heat=0.9)
    assert len({made, Baking(), hotter}) == 2
    with pytest.raises(ConfigError, match="`heat` must be"):
        dataclasses.replace(made, heat=9.0)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("minutes", " 30 ", 30),
        ("minutes", "all", None),
        ("minutes", "Ever", None),
        ("heat", "1e-1", 0.1),
        ("layers", "3, 4", (3, 4)),
        ("layers", "", ()),
        ("crust", "very_thick", "very_thick"),
        ("salted", "true", True),
    ],
)
def test_text_is_read(name, text, value):
    assert KNOWN[name].parse(text) == value


@pytest.mark.parametrize(("name", "text"), [("minutes", "1.5"), ("heat", "hot"), ("layers", "1; 2"), ("salted", "yes")])
def test_text_that_writes_no_value_is_quoted(name, text):
    with pytest.raises(ConfigError) as caught:
        KNOWN[name].parse(text)
    assert str(caught.value) == f"`{name}` must be {KNOWN[name].rule}. Received: {text!r}"


def test_values_are_written_for_people():
    made = Baking(minutes=None, layers=(3, 4))
    shown = [setting.show(getattr(made, name)) for name, setting in KNOWN.items()]
    assert shown == ["ever", "0.5", "3, 4", "thin", "off"]
    assert KNOWN["crust"].show("very_thick") == "very thick"
