"""Small networks that read both vectors, where prediction is more than a dot product."""

from __future__ import annotations

from typing import Any

from recsys_core.models.builder import ModelBuilder
from recsys_core.models.registry import architecture

NETWORK_SETTINGS = frozenset({"hidden_layers", "hidden_dropout", "batch_normalization", "dense_initializer"})


@architecture(
    "concatenation",
    title="Concatenation network",
    formula="r̂ = network(p ⊕ q)",
    explain="A small network reads both vectors side by side and may combine them in any way. "
    "Sizes can differ, but similarity between vectors means less than with a dot product.",
    settings=NETWORK_SETTINGS | {"embedding_activation", "embedding_dropout"},
    same_size=False,
    is_dot=False,
)
def concatenation(m: ModelBuilder) -> Any:
    x = m.concatenate(m.user_embedding(), m.movie_embedding())
    if m.config.embedding_activation == "relu":
        x = m.relu(x)
    x = m.dropout(x, m.config.embedding_dropout)
    return m.rating(m.dense(m.hidden_stack(x), 1))


@architecture(
    "one-hot-mlp",
    title="One-hot network, joint embedding",
    formula="r̂ = network(ReLU(W·[onehot(user) ⊕ onehot(movie)] + b))",
    explain="Both one-hot vectors enter one ReLU layer, which is a user row plus a movie row: one joint embedding. "
    "It shows that an embedding is nothing but a dense layer on a one-hot input.",
    settings=NETWORK_SETTINGS,
    is_dot=False,
)
def one_hot_mlp(m: ModelBuilder) -> Any:
    bias = m.constant_row(m.config.movie_embedding_size, "joint_bias", trainable=True)
    joint = m.add(m.user_embedding(), m.movie_embedding(), bias)
    return m.rating(m.dense(m.hidden_stack(m.relu(joint)), 1))


@architecture(
    "split-mlp",
    title="One-hot network, separate embeddings",
    formula="r̂ = network(ReLU(W_u·onehot(user) + b_u) ⊕ ReLU(W_m·onehot(movie) + b_m))",
    explain="User and movie each pass a ReLU layer of their own before they are joined, so the movie part can be read "
    "alone. Because of the ReLU, its vectors have no negative side.",
    settings=NETWORK_SETTINGS,
    same_size=False,
    is_dot=False,
)
def split_mlp(m: ModelBuilder) -> Any:
    def encode(rows: Any, size: int, name: str) -> Any:
        return m.relu(m.add(rows, m.constant_row(size, name, trainable=True)))

    user = encode(m.user_embedding(), m.config.user_embedding_size, "user_layer_bias")
    movie = encode(m.movie_embedding(), m.config.movie_embedding_size, "movie_layer_bias")
    return m.rating(m.dense(m.hidden_stack(m.concatenate(user, movie)), 1))
