"""Which movies people choose, where the sitting and the era of a rating take up what is theirs.

MovieLens users rate hundreds of movies in one sitting, from lists that the site shows them, and whoever was there in
1996 rated the films of 1995. What belongs to the sitting goes into its vector v, what belongs to the era into z, so
that the movie's own vector q need not hold it. Neither enters a rating, and neither is saved. A bias of the sitting in
the rating, which the second architecture has, is known for ratings of the same sitting alone.
"""

from __future__ import annotations

from typing import Any

from recsys_core.data.moments import N_ERAS
from recsys_core.models.builder import ModelBuilder
from recsys_core.models.registry import (
    BIAS_SETTINGS,
    MOVIE_EMBEDDING,
    MOVIE_ERA,
    SESSION_BIAS,
    SESSION_EMBEDDING,
    USER_EMBEDDING,
    USER_WATCH_EMBEDDING,
    Batch,
    architecture,
)
from recsys_core.models.watching import WATCHING_SETTINGS, rate_and_watch, watching_surprise

_SETTINGS = BIAS_SETTINGS | WATCHING_SETTINGS | {"liking", "era_penalty"}
_PENALTIES = {
    USER_WATCH_EMBEDDING: "watch_penalty",
    MOVIE_EMBEDDING: "watch_penalty",
    SESSION_EMBEDDING: "watch_penalty",
    MOVIE_ERA: "era_penalty",
}
_MOMENT_TABLES: dict[str, tuple[str, int | None]] = {SESSION_EMBEDDING: ("session", None), MOVIE_ERA: ("movie", N_ERAS)}


def watching_in_time_loss(tf: Any, rows: dict[str, Any], batch: Batch, settings: dict[str, Any]) -> Any:
    """`watch_weight` times the mean surprise at each user's movie by (w + v)·q + z[movie, era], the liked ones first.

    An example counts by e^(liking · stars above its user's mean). `settings["knows_times"]` is 0 where nothing is known
    of times: then v and z are left out.
    """
    watcher = rows[USER_WATCH_EMBEDDING] + settings["knows_times"] * rows[SESSION_EMBEDDING]
    era = settings["knows_times"] * tf.one_hot(batch.era, N_ERAS)
    surprise = watching_surprise(
        tf,
        tf.concat([watcher, era], axis=1),
        tf.concat([rows[MOVIE_EMBEDDING], rows[MOVIE_ERA]], axis=1),
        batch,
        settings,
    )
    counted = batch.weight * tf.exp(settings["liking"] * batch.above_mean)
    return settings["watch_weight"] * tf.reduce_sum(counted * surprise) / tf.reduce_sum(counted)


@architecture(
    "rate-and-watch-in-time",
    title="Rate and watch, in time",
    formula="r̂ = b_user + b_movie + p·q   and   P(watch) ∝ popularity · exp((w + v_sitting)·q + z_movie,era)",
    explain="As Rate and watch, where each sitting of a user and each era take up what belongs to them, and what "
    "was liked counts more. A movie's vector is left with whom it pleases; without timestamps the two are left out.",
    settings=_SETTINGS,
    user_tables=(USER_EMBEDDING, USER_WATCH_EMBEDDING),
    penalties=_PENALTIES,
    moment_tables=_MOMENT_TABLES,
    compares_pairs=True,
    auxiliary=watching_in_time_loss,
)
def rate_and_watch_in_time(m: ModelBuilder) -> Any:
    return rate_and_watch(m)


@architecture(
    "rate-and-watch-in-sittings",
    title="Rate and watch, in sittings",
    formula="r̂ = b_user + b_movie + b_sitting + p·q   and   P(watch) as in time",
    explain="As Rate and watch, in time, and a rating also has the bias of its sitting. That gains where other "
    "ratings of the same sitting are known, and nothing where none is: the saved model predicts without it.",
    settings=_SETTINGS,
    user_tables=(USER_EMBEDDING, USER_WATCH_EMBEDDING),
    penalties=_PENALTIES,
    moment_tables={**_MOMENT_TABLES, SESSION_BIAS: ("session", 1)},
    compares_pairs=True,
    auxiliary=watching_in_time_loss,
)
def rate_and_watch_in_sittings(m: ModelBuilder) -> Any:
    p, w, q = m.user_embedding(), m.user_embedding(USER_WATCH_EMBEDDING), m.movie_embedding()
    rating = m.rating(m.dot(p, q), m.user_bias(), m.movie_bias(), *m.sitting_bias())
    return {"rating": rating, "watch": m.dot(w, q)}
