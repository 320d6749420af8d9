"""All event functions as one chain, on AWS in memory that does its worst.

wiring.py     template.yaml: which rule feeds which queue, which queue or stream which function
mischief.py   what becomes of a call: refused, lost, made twice, or the end of whoever makes it
aws.py        SQS, EventBridge, SES and S3, as functions call them
scheduler.py  EventBridge Scheduler
sources.py    what Lambda does with queues and streams
functions.py  the real workers of functions: a new one of the chain is one more entry there
hearing.py    reminders and digests, as people hear of them
history.py    what reminders tasks had, and from when until when
people.py     who changes something
receivers.py  receivers of webhooks, and what arrived there
world.py      all of it, step by step
reckoning.py  what must be so when everything has come to rest
figures.py    how much there was of what
"""
