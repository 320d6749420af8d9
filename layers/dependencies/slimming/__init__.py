"""Makes the layer of dependencies small and quick to start: levers pulled when it is built.

Nothing of this is deployed. docs/performance-levers.md says of each what it reaches into, what it
buys, and which test fails when a library changes.
"""
