"""The page that the mail of a reminder leads to: a look does nothing, a button snoozes, once."""

from html import escape
from typing import Annotated

from fastapi import Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from errand import zones
from errand.mails.rendering import one_line
from errand.mails.repository import DynamoLinkTokens
from errand.reminding.model import Until
from errand.reminding.repository import SNOOZE_TOKENS
from errand.reminding.snoozing import SnoozeService, State, Told
from errand.schemas import sent
from errand_api import providers
from errand_api.dependencies import services_of
from errand_api.features import tasks
from errand_api.features.mails import PAGES, TAG, HtmlResponse, MailToken, page
from errand_api.responses import problems
from errand_api.routing import Router
from errand_api.services import Services

router = Router(prefix="/mail", tags=[TAG["name"]])

_AGAIN = {
    Until.HOUR: "In an hour",
    Until.TOMORROW: "Tomorrow at 9:00",
    Until.MONDAY: "On Monday at 9:00",
    Until.WEEK: "In a week at 9:00",
    Until.MONTH: "In four weeks at 9:00",
}
_PAUSES = {
    Until.MONDAY: "Until Monday",
    Until.WEEK: "For a week",
    Until.MONTH: "For four weeks",
}


def _form(choices: dict[Until, str]) -> str:
    """To the very address of the page."""
    buttons = (
        f'<p><button name="until" value="{until}">{words}</button></p>'
        for until, words in choices.items()
    )
    return '<form method="post">{}</form>'.format("\n".join(buttons))


_WORDS = {
    State.OPEN: f"Remind you of “{{title}}” again?</p>\n{_form(_AGAIN)}\n<p>This works once.",
    State.SNOOZED: "Errand will remind you of “{title}” again on {at} ({zone}).",
    State.USED: "This link has been used: it works once. Nothing was changed now.",
    State.DONE: "“{title}” is completed: there is nothing to remind you of.",
    State.GONE: "This task is deleted: there is nothing to remind you of.",
    State.CHANGED: "“{title}” has been changed since this mail: its reminders are at other times.",
    State.FULL: "“{title}” has as many reminders as a task can have.",
    State.DIGEST: f"Pause the mails about your day?</p>\n{_form(_PAUSES)}\n<p>This works once.",
    State.PAUSED: "The next mail about your day comes on {day}.",
    State.OFF: "You get no mails about your day: there is nothing to pause.",
}


class Snooze(BaseModel):
    """When the reminder, or the next mail about the day, is to come."""

    model_config = ConfigDict(json_schema_extra=sent({"until": "tomorrow"}))

    until: Annotated[
        Until,
        Field(
            description="A reminder: in an hour, or at nine in the morning on the clock of the "
            "account; digests are paused until Monday, for a week or a month of four weeks"
        ),
    ]


def service(services: Services) -> SnoozeService:
    return SnoozeService(
        accounts=services.of(providers.accounts),
        tokens=DynamoLinkTokens(SNOOZE_TOKENS),
        tasks=services.of(tasks.service),
        store=services.of(providers.store),
        clock=services.clock,
    )


def _shown(told: Told) -> Response:
    at = zones.local_time(told.at, told.zone).strftime("%Y-%m-%d at %H:%M") if told.at else ""
    about = {
        "title": escape(one_line(told.title)),
        "at": at,
        "zone": escape(told.zone),
        "day": told.day,
    }
    return page(f"<p>{_WORDS[told.state].format(**about)}</p>")


@router.get(
    "/snooze/{snooze_token}",
    operation_id="ask_to_snooze",
    summary="Show a page with buttons to snooze a reminder, or to pause digests",
    description="Changes nothing, as programs follow every link of a mail. No token but the one in "
    "the address.",
    response_class=HtmlResponse,
    responses=problems(400, 404) | PAGES,
)
async def ask_to_snooze(request: Request, snooze_token: MailToken) -> Response:
    services = services_of(request)
    return _shown(await services.run(services.of(service).look, token=snooze_token))


@router.post(
    "/snooze/{snooze_token}",
    operation_id="snooze_reminder",
    summary="Have the reminder that the address came with come again, or the next digest later",
    description="With a button of that page. Works once for each mail, for 7 days; where the task "
    "is completed, deleted or to be reminded of at other times, or there are no digests, the page "
    "says so.",
    response_class=HtmlResponse,
    responses=problems(400, 404, 409, 413, 415, 422) | PAGES,
)
async def snooze_reminder(
    request: Request, snooze_token: MailToken, asked: Annotated[Snooze, Form()]
) -> Response:
    services = services_of(request)
    snoozing = services.of(service).snooze
    return _shown(await services.run(snoozing, token=snooze_token, until=asked.until))
