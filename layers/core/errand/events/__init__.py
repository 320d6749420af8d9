"""What others may learn of a change: the published events, version 1. Nothing here does I/O.

schema.py   the events themselves (docs/events.md explains them to subscribers)
images.py   stored items, as a stream record carries them -> the public view of them
changes.py  stream record -> event
entries.py  events -> requests to the bus
deletions.py  a user.deleted event that came back through a queue -> whose data to purge
"""
