"""This file decides in which order resources are created: each after everything it needs.

Rule: among those that could be created next, the one that the template names first goes first; but what is ``late``
waits until nothing else can be created. CloudFormation creates side by side, so whoever needs a policy to stand
already must say so: here a template that does not is wrong every time, not now and then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from harness.errors import Location, ScenarioError


def creation_order(
    needs: Mapping[str, Collection[str]], places: Mapping[str, Location], late: Collection[str] = ()
) -> list[str]:
    """The keys of ``needs``, each after all that it needs; those in ``late`` as late as can be.

    Raises:
        ScenarioError: some need each other; named as AWS names them.
    """
    order: dict[str, None] = {}
    while len(order) < len(needs):
        ready = [i for i in needs if i not in order and all(n in order for n in needs[i])]
        if not ready:
            raise _circular(needs, order, places)
        order[next((i for i in ready if i not in late), ready[0])] = None
    return list(order)


def _circular(
    needs: Mapping[str, Collection[str]], done: Collection[str], places: Mapping[str, Location]
) -> ScenarioError:
    # Everything left needs something that is left, so following the first such need must come round.
    walk = [next(i for i in needs if i not in done)]
    while True:
        following = next(n for n in needs[walk[-1]] if n not in done)
        if following in walk:
            break
        walk.append(following)
    circle = walk[walk.index(following) :]
    named = [i for i in needs if i in circle]
    steps = ", which needs ".join(f'"{i}"' for i in [*circle, circle[0]])
    return ScenarioError(
        f"Circular dependency between resources: [{', '.join(named)}]",
        where=places[circle[0]],
        hint=f"{steps}. Break it with a fixed name in place of one reference, or with a resource of its own "
        "(a policy, a permission, a subscription) that refers to both.",
    )
