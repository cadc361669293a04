"""Presets are valid, fit their architectures, and are found by name."""

import pytest

from recsys_core.errors import ConfigError
from recsys_core.models.registry import check_settings
from recsys_core.settings.presets import PRESETS, find_preset


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_found_and_fits_its_architecture(name):
    preset = find_preset(name)
    assert preset.config.preset == name
    check_settings(preset.config)


def test_notebooks_have_their_arithmetic_and_our_own_presets_the_quick_one():
    """Dense table updates are Keras' and PyTorch's; benchmarks/schedules.py holds them to `fit`."""
    ours = {"default", "sessions", "dot-bias-rows", "gravity", "rated-movies"}
    assert len(PRESETS.keys() - ours) == 12
    for name, preset in PRESETS.items():
        assert preset.config.table_updates == ("rows" if name in ours else "dense"), name


def test_an_unknown_preset_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match=r"`preset` must be one of default, .*Received: 'nobody'"):
        find_preset("nobody")
