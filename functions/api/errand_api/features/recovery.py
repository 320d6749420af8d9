"""A forgotten password, and the proof that an e-mail address is one's own."""

from typing import Any

from fastapi import Request, Response

from errand.identity.recovery.repository import DynamoMailedTokens
from errand.identity.recovery.schemas import EmailProof, PasswordReset, RecoveryRequest
from errand.identity.recovery.service import RecoveryService
from errand_api import providers
from errand_api.dependencies import AccountOwner, origin_of, services_of
from errand_api.responses import problems
from errand_api.routing import Router
from errand_api.services import Services

TAG = {"name": "recovery", "description": "A forgotten password, a proven e-mail address"}
router = Router(tags=[TAG["name"]])


def service(services: Services) -> RecoveryService:
    return RecoveryService(
        accounts=services.of(providers.accounts),
        mailed=DynamoMailedTokens(),
        store=services.of(providers.store),
        trail=services.of(providers.trail),
        outbox=services.outbox(),
        throttle=services.of(providers.throttle),
        refuse_common_passwords=services.refuse_common_passwords,
        clock=services.clock,
    )


_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"description": "If there is such an address, a mail is on its way to it"}
}


@router.post(
    "/password-recovery",
    operation_id="request_password_recovery",
    summary="Have a mail sent that lets you set a new password",
    description="Mails a token for `POST /password-reset` to the address, if an account has it. "
    "The answer is the same if none has.",
    status_code=202,
    response_class=Response,
    responses=problems(400, 413, 415, 422, 429, 501) | _ACCEPTED,
)
async def request_recovery(request: Request, body: RecoveryRequest) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).request_password, email=body.email, origin=origin_of(request)
    )


@router.post(
    "/password-reset",
    operation_id="reset_password",
    summary="Set a new password with the token of a mail",
    description="Ends all sessions and personal access tokens. The token is good for one use.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 409, 413, 415, 422),
)
async def reset_password(request: Request, body: PasswordReset) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).reset_password,
        token=body.token,
        password=body.new_password.get_secret_value(),
        origin=origin_of(request),
    )


@router.post(
    "/users/me/email/verification",
    operation_id="request_email_verification",
    summary="Have a mail sent that lets you prove your e-mail address",
    description="Mails a token for `POST /email/verify` to your address.",
    status_code=202,
    response_class=Response,
    responses=problems(400, 401, 403, 422, 429, 501)
    | {202: {"description": "A mail is on its way"}},
)
async def request_verification(request: Request, caller: AccountOwner) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).request_verification, caller=caller, origin=origin_of(request)
    )


@router.post(
    "/email/verify",
    operation_id="verify_email",
    summary="Prove your e-mail address with the token of a mail",
    description="What was issued before the address was first proved ends.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 409, 413, 415, 422),
)
async def verify_email(request: Request, body: EmailProof) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).verify_email, token=body.token, origin=origin_of(request)
    )
