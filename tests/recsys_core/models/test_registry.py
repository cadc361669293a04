"""Architectures are found by name, and say what does not fit them."""

import re
from pathlib import Path

import pytest

from recsys_core import models
from recsys_core.errors import ConfigError
from recsys_core.models.registry import ARCHITECTURES, check_settings, find_architecture
from recsys_core.settings.train_config import TrainConfig


def test_every_file_of_the_folder_has_registered_its_own():
    texts = [file.read_text(encoding="utf-8") for file in Path(models.__file__).parent.glob("*.py")]
    decorated = {name for text in texts for name in re.findall(r'^@architecture\(\s*"([^"]+)"', text, re.MULTILINE)}
    assert "dot" in decorated
    assert set(ARCHITECTURES) == decorated


def test_unknown_name_is_one_clear_error():
    with pytest.raises(ConfigError, match=r"`architecture` must be one of dot, .*Received: 'nobody'"):
        find_architecture("nobody")


def test_vectors_that_are_multiplied_have_one_size():
    check_settings(TrainConfig(architecture="concatenation", user_embedding_size=4, movie_embedding_size=3))
    with pytest.raises(ConfigError, match=r"`user_embedding_size` must equal .* Received: 4 and 3"):
        check_settings(TrainConfig(architecture="dot", user_embedding_size=4, movie_embedding_size=3))
