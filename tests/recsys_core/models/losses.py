"""The further losses written as their formulas say, pair by pair: what the quick ones are held to."""

import math

import numpy as np


def gravity(p, q, weight):
    """The mean over all pairs of the batch's users and movies of (p·q)²; `weight` alone is the setting's."""
    return weight * np.mean([[(a @ b) ** 2 for b in q] for a in p])


def watching(w, q, user, movie, log_popularity, weight, correction):
    """The mean surprise at each user's movie among the batch's movies of other users, popularity taken out."""
    return weight * np.mean(surprises(w, q, user, movie, log_popularity, correction))


def surprises(w, q, user, movie, log_popularity, correction):
    """The surprise at each user's movie."""
    found = []
    for i in range(len(user)):
        rivals = [j for j in range(len(user)) if j == i or (movie[j] != movie[i] and user[j] != user[i])]
        scores = {j: float(w[i] @ q[j]) - correction * log_popularity[j] for j in rivals}
        found.append(math.log(sum(math.exp(score) for score in scores.values())) - scores[i])
    return found
