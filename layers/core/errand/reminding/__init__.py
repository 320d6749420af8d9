"""Reminders of tasks, sent when it is time though no request runs.

plan.py       when a task is to be reminded of: pure
requests.py   what a schedule puts on the queue when it is time
schedules.py  the one-shot schedules of EventBridge Scheduler
keeping.py    schedules are kept in step with tasks
sending.py    it is time: who hears of it
channels.py   how: as an event, as a mail
mails.py      the mail
sent.py       what was sent is sent once
model.py, repository.py, links.py, snoozing.py  a link of the mail has it come again
"""
