"""Layers that do in training what no stock Keras layer does, or does as quickly; most read the step being traced."""

from __future__ import annotations

from typing import Any

from recsys_core.models import rated_movies
from recsys_core.models.registry import Batch
from recsys_core.training.backend import tensorflow


class TracedStep:
    """The step being traced, and the layers of the compiled loop that read it."""

    seed: Any = None
    """Tensor `(2,)` int32."""
    batch: Batch
    bias_of_sitting: Any = None
    """Tensor `(batch, 1)`, where the architecture has one."""

    def __init__(self) -> None:
        self._n_dropouts = 0

    def dropout(self, rate: float, name: str) -> Any:
        """Dropout with cheap random bits: Keras' own generator costs a millisecond a step under XLA."""
        tf, keras = tensorflow()
        self._n_dropouts += 1
        step, position = self, self._n_dropouts * 7919

        class CheapDropout(keras.layers.Layer):
            def call(self, x: Any, training: bool = False) -> Any:
                if not training:
                    return x
                layer_seed = step.seed + tf.constant([position, 0])
                bits = tf.random.stateless_uniform(
                    tf.shape(x), layer_seed, minval=None, maxval=None, dtype=tf.uint32, alg="threefry"
                )
                kept = bits >= tf.constant(int(rate * 2**32), tf.uint32)
                return tf.where(kept, x / (1 - rate), 0.0)

            def compute_output_shape(self, input_shape: Any) -> Any:
                return input_shape

        return CheapDropout(name=name)

    def dot(self, name: str) -> Any:
        """Dot product of the rows of two tensors `(batch, size)`: `(batch, 1)`. Keras' own is a product of matrices for
        each row, which XLA does number by number, and does not join with what is done before and after."""
        tf, keras = tensorflow()

        class RowDot(keras.layers.Layer):
            def call(self, both: Any) -> Any:
                return tf.reduce_sum(both[0] * both[1], axis=1, keepdims=True)

            def compute_output_shape(self, input_shape: Any) -> Any:
                return (input_shape[0][0], 1)

        return RowDot(name=name)

    def other_ratings(self) -> Any:
        """`rated_movies.make_layer`."""
        return rated_movies.make_layer(*tensorflow(), self)

    def sitting_bias(self) -> Any:
        """The biases of the step's sittings; outside training 0, since a prediction belongs to none."""
        tf, keras = tensorflow()
        step = self

        class SittingBias(keras.layers.Layer):
            def call(self, user: Any, training: bool = False) -> Any:
                return step.bias_of_sitting if training else tf.zeros((tf.shape(user)[0], 1))

            def compute_output_shape(self, input_shape: Any) -> Any:
                return (input_shape[0], 1)

        return SittingBias(name="sitting_bias")
