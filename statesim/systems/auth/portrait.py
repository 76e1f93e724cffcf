"""The portrait of servers that know who is logged in."""

from __future__ import annotations

from statesim.systems.portrait import By, Need, Portrait, Transition

AUTH = Portrait(
    title="Servers that know who is logged in",
    storage=Need(
        "an external store, or several memories",
        (By.APPLICATION,),
        "what a server had in its memory, with the server",
    ),
    identity=Need(
        "the way back to a server that knows the user: a cookie, or the user's address",
        (By.GLUE,),
        "that way: with short connections every other server asks for a login, unless all know the user",
    ),
    session=Need(
        "the state itself: who is logged in, and the cart",
        (By.APPLICATION, By.GLUE),
        "all of them in a rolling update, if each is in one memory",
    ),
    role=Need(
        "the owners of a session, by its hash",
        (By.APPLICATION,),
        "both owners, if they go before the sessions have new ones",
    ),
    transitions=(
        Transition("no session", "in one memory", "a login, with store: local"),
        Transition("in one memory", "lost", "its server goes, or the next connection reaches another"),
        Transition("no session", "with k owners", "a login, with store: replicated"),
        Transition("with k owners", "with fewer owners", "one of them goes"),
        Transition("with fewer owners", "with k owners", "the rebalance is done"),
        Transition("with fewer owners", "lost", "the others go before it is"),
        Transition("with k owners", "ended", "a logout, or session_ttl without use"),
    ),
    drift="with every login, where sessions are in memory; not at all with tokens or a store",
)
