"""Mails that a person asked for: the API puts a message on a queue, a function sends the mail.

requests.py  what is on the queue
outbox.py    the API's end of it
store.py     what the function needs of the tables, without PynamoDB
content.py   what the mails say
"""
