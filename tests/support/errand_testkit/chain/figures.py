"""How much of what there was in a world, as its test shows it."""

from typing import Any

from errand_testkit.chain.world import World


def figures(world: World) -> dict[str, Any]:
    """`doubled`: what came once more, with the id that it had."""
    arrived = [one for path in world.receivers.arrived.values() for one in path]
    ways = {
        "events": (len(world.bus.published), world.bus.times.total()),
        "deliveries": (len({*arrived}), len(arrived)),
        **{f"reminders by {way}": (len(n), n.total()) for way, n in world.heard.reminders.items()},
    }
    ways["digests"] = len(world.heard.digests), world.heard.digests.total()
    return {
        **{way: once for way, (once, _) in ways.items()},
        "doubled": {way: times - once for way, (once, times) in ways.items()},
        "hints": len(world.gateway.sent),
        "killed": {name.removesuffix("Function"): n for name, n in sorted(world.killed.items())},
    }
