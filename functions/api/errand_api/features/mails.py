"""The pages that mails lead to, for whoever reads them: no log-in, and no link that does anything.

Programs that look at mails follow every link, so a link shows a page with a button; what it posts,
and the one click of RFC 8058, is what unsubscribes.
"""

from base64 import b64encode
from hashlib import sha256
from typing import Annotated, Any, Literal

from fastapi import Form, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from errand.identity.accounts.model import MailTopic
from errand.mails.repository import UNSUBSCRIBE_TOKENS, DynamoLinkTokens
from errand.mails.service import UnsubscribeService
from errand.schemas import sent
from errand_api import providers
from errand_api.dependencies import services_of
from errand_api.media import HTML
from errand_api.responses import problems
from errand_api.routing import Router
from errand_api.services import Services

TAG = {"name": "mails", "description": "What mails link to"}
router = Router(prefix="/mail", tags=[TAG["name"]])

_TOPICS = {
    MailTopic.REMINDERS: "reminders of your tasks",
    MailTopic.DIGESTS: "about your day",
}
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{max-width:32rem;margin:4rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}"
    "button{padding:.6rem 1.2rem;font:inherit}"
)
_PAGE = (
    '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>Errand</title>'
    f"<style>{_STYLE}</style></head>\n<body>\n<h1>Errand</h1>\n%s\n</body>\n</html>\n"
)
# To the very address of the page.
_ASKING = (
    "<p>Errand mails you %s.</p>\n"
    '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
    "<button>Stop these mails</button></form>"
)
_DONE = "<p>Errand will not mail you %s any more. Your account's settings can bring them back.</p>"
_DIGEST = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'self'; "
    f"frame-ancestors 'none'; style-src 'sha256-{_DIGEST}'"
}


class HtmlResponse(Response):
    media_type = HTML


class OneClick(BaseModel):
    """RFC 8058, section 3.2; what else a program sends is ignored."""

    model_config = ConfigDict(json_schema_extra=sent({"List-Unsubscribe": "One-Click"}))

    confirmed: Annotated[
        Literal["One-Click"],
        Field(alias="List-Unsubscribe", description="That it was no mere look at a link"),
    ]


def service(services: Services) -> UnsubscribeService:
    return UnsubscribeService(
        accounts=services.of(providers.accounts),
        tokens=DynamoLinkTokens(UNSUBSCRIBE_TOKENS),
        store=services.of(providers.store),
        clock=services.clock,
    )


def page(content: str) -> Response:
    """`content`: HTML, in which what people chose is escaped."""
    return HtmlResponse(_PAGE % content, headers=_HEADERS)


PAGES: dict[int | str, dict[str, Any]] = {200: {"description": "A page for people"}}
MailToken = Annotated[str, Path(description="The secret of the mail's address")]


@router.get(
    "/unsubscribe/{mail_token}",
    operation_id="ask_to_unsubscribe",
    summary="Show a page with a button to unsubscribe",
    description="Changes nothing, as programs follow every link of a mail. No token but the one in "
    "the address.",
    response_class=HtmlResponse,
    responses=problems(400, 404) | PAGES,
)
async def ask_to_unsubscribe(request: Request, mail_token: MailToken) -> Response:
    services = services_of(request)
    topic = await services.run(services.of(service).topic, token=mail_token)
    return page(_ASKING % _TOPICS[topic])


@router.post(
    "/unsubscribe/{mail_token}",
    operation_id="unsubscribe",
    summary="Stop the mails that the address came with",
    description="With one click of a mail program (RFC 8058), or of that page. Works once for each "
    "mail, for 90 days; again, it answers the same and changes nothing.",
    response_class=HtmlResponse,
    responses=problems(400, 404, 409, 413, 415, 422) | PAGES,
)
async def unsubscribe(
    request: Request, mail_token: MailToken, asked: Annotated[OneClick, Form()]
) -> Response:
    del asked
    services = services_of(request)
    topic = await services.run(services.of(service).unsubscribe, token=mail_token)
    return page(_DONE % _TOPICS[topic])
