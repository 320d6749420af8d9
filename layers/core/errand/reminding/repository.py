"""Tokens to snooze with, in EphemeralTable; reminding.links writes them."""

from errand.reminding.model import SnoozeToken
from errand.storage.kinds import SNOOZE_TOKEN
from errand.storage.mapper import mapper

SNOOZE_TOKENS = mapper(SNOOZE_TOKEN, SnoozeToken)
