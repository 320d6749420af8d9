"""Mails: whoever has one to send puts a message on a queue, a function makes the mail of it.

outbox.py      that end of the queue
kinds.py       what a message asks for: each feature has entries of its own
rendering.py   a mail of a template, as text and as HTML; layouts/ is what all have in common
sent.py        which messages are done
unsubscribing.py, model.py, repository.py, service.py  how to do without the next mail
feedback.py    what Amazon SES tells of mails that came back
"""
