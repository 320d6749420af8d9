"""Mails: the API or a function puts a message on a queue, a function sends the mail.

outbox.py  the near end of the queue
layout.py  a mail as text and HTML; each feature words its own
sent.py    which have been sent
"""
