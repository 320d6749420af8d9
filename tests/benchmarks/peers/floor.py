"""Peer (d) with what Errand does for its start: its layer, and no collector while importing."""

import gc

gc.disable()

from plain import handler  # type: ignore[import-not-found] # noqa: E402, F401 - only packed; now

gc.freeze()
gc.enable()
