"""The model summary costs nothing until somebody opens it."""

from concurrent.futures import Future

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from recsys_core.jobs import board
from recsys_core.models.summary import ModelSummary


@pytest.fixture
def built(monkeypatch) -> list:
    """The configs that summaries were built for."""
    asked = []

    def summarize(config, data_set=None) -> Future[ModelSummary]:
        asked.append(config)
        done: Future[ModelSummary] = Future()
        layers = {"layer": ["user_bias"], "kind": ["Embedding"], "shape": ["1"], "parameters": [7]}
        done.set_result(ModelSummary(pd.DataFrame(layers), 7))
        return done

    monkeypatch.setattr(board, "summarize", summarize)
    return asked


def page():
    import dataclasses

    import streamlit as st

    from recsys_core.settings.train_config import TrainConfig
    from ui.train.summary import model_summary

    size = st.number_input("Size", value=4)
    model_summary(dataclasses.replace(TrainConfig(), user_embedding_size=size, movie_embedding_size=size))


def test_nothing_is_built_while_it_is_closed(built):
    app = AppTest.from_function(page).run()
    app.number_input[0].set_value(8).run()
    assert not app.exception
    assert built == []


def test_opened_it_shows_the_settings_as_they_stand(built):
    app = AppTest.from_function(page)
    app.session_state["model_summary"] = True
    app.run()
    assert app.dataframe[0].value["layer"].tolist() == ["user_bias"]
    app.number_input[0].set_value(8).run()
    assert [config.user_embedding_size for config in built] == [4, 8]
