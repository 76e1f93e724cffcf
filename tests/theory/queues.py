"""Closed forms of queues, by Kendall's names: arrivals / service / servers / places.

`rate` is how many come in a second, `service` the mean seconds that one takes, `servers` how many are served at once,
`places` how many fit in, those who are served among them.
"""

from __future__ import annotations

from math import factorial


def states(rate: float, service: float, servers: int, places: int) -> list[float]:
    """Return how likely n are in an M/M/c/K queue, for n from 0 to K.

    The chain of births and deaths: p(n) = p(0) aⁿ / n! up to c, then times a / c for each more, with a = rate · service
    (Kleinrock, "Queueing Systems" I, 3.5 and 3.8; Gross and Harris, "Fundamentals of Queueing Theory", 2.5).
    """
    load = rate * service
    weights = [1.0]
    for n in range(1, places + 1):
        weights.append(weights[-1] * load / min(n, servers))
    total = sum(weights)
    return [weight / total for weight in weights]


def erlang_c(rate: float, service: float, servers: int) -> float:
    """Return how likely somebody has to wait in M/M/c (Erlang, 1917; Kleinrock I, 3.40)."""
    load = rate * service
    last = load**servers / factorial(servers) * servers / (servers - load)
    return last / (sum(load**n / factorial(n) for n in range(servers)) + last)


def mean_wait(rate: float, service: float, servers: int = 1) -> float:
    """Return the mean time in line of M/M/c: C / (c / service - rate) (Kleinrock I, 3.5)."""
    return erlang_c(rate, service, servers) / (servers / service - rate)


def mean_wait_general(rate: float, service: float, second_moment: float) -> float:
    """Return the mean time in line of M/G/1: λ E[S²] / 2 (1 - u) (Pollaczek, 1930; Khinchine, 1932)."""
    return rate * second_moment / (2 * (1 - rate * service))


def blocked(rate: float, service: float, servers: int, places: int) -> float:
    """Return the share of M/M/c/K that finds no place: p(K), as Poisson arrivals see time averages.

    R. W. Wolff, "Poisson Arrivals See Time Averages", Operations Research 30, 1982.
    """
    return states(rate, service, servers, places)[-1]
