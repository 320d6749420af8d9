"""Web push: reminders shown by browsers, also where no page of the web client is open.

model.py, schemas.py, repository.py, service.py  the subscriptions that browsers register
points.py      what is a key of a browser, and what is none
requests.py    what is put on the queue: one notice for each browser, that the public key is wanted
queue.py       who puts it there
channel.py     it is time to remind: a notice for each browser of the account
book.py        subscriptions, and what notices are about, for the function that sends
payload.py     what a browser is told
encryption.py  so that its push service cannot read it: RFC 8291
vapid.py       who is sending: RFC 8292
working.py     what is done about one notice
"""
