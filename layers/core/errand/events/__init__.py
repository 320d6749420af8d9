"""What others may learn of a change: the published events, version 2. Nothing here does I/O.

schema.py   the events themselves (docs/events.md explains them to subscribers)
changes.py  an entry of the log of changes, or a record of its table's stream -> event
entries.py  events -> requests to the bus
deletions.py  a user.deleted event that came back through a queue -> whose data to purge
"""
