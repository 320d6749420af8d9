"""A mail a day that tells what is due, at the hour that its reader chose.

plan.py     when an account's digest comes: pure
keeping.py  a recurring schedule of EventBridge Scheduler for each account that wants one
mails.py    the mail
"""
