"""The second step of logging in: one-time passwords (TOTP, RFC 6238)."""

from fastapi import Request, Response

from errand.identity.mfa.repository import DynamoFactors
from errand.identity.mfa.schemas import (
    Disabling,
    Enrolment,
    EnrolmentRequest,
    NewRecoveryCodes,
    OtpIn,
)
from errand.identity.mfa.service import MfaService
from errand_api import providers
from errand_api.dependencies import AccountOwner, origin_of, services_of
from errand_api.responses import problems
from errand_api.routing import Router
from errand_api.services import Services

TAG = {"name": "two-step log-in", "description": "One-time passwords beside your password"}
router = Router(prefix="/users/me/mfa/totp", tags=[TAG["name"]])


def service(services: Services) -> MfaService:
    return MfaService(
        factors=DynamoFactors(),
        accounts=services.of(providers.accounts),
        store=services.of(providers.store),
        trail=services.of(providers.trail),
        reauthentication=services.of(providers.reauthentication),
        throttle=services.of(providers.throttle),
        clock=services.clock,
    )


@router.post(
    "",
    operation_id="enrol_totp",
    summary="Begin: get a secret for an authenticator app",
    description="Makes a new secret in place of one that was not confirmed. Log-ins do not change "
    "before it is confirmed.",
    response_model=Enrolment,
    responses=problems(400, 401, 403, 413, 415, 422, 429),
)
async def enrol(request: Request, caller: AccountOwner, body: EnrolmentRequest) -> Response:
    services = services_of(request)
    enrolment = await services.run(
        services.of(service).enrol,
        caller=caller,
        password=body.password.get_secret_value(),
        origin=origin_of(request),
    )
    return Response(enrolment.model_dump_json(), media_type="application/json")


@router.post(
    "/confirm",
    operation_id="confirm_totp",
    summary="Switch on: prove that the app works, get recovery codes",
    description="From now on a log-in takes a one-time password, too. The recovery codes are shown "
    "this once.",
    response_model=NewRecoveryCodes,
    responses=problems(400, 401, 403, 409, 413, 415, 422, 429),
)
async def confirm(request: Request, caller: AccountOwner, body: OtpIn) -> Response:
    services = services_of(request)
    codes = await services.run(
        services.of(service).confirm, caller=caller, otp=body.otp, origin=origin_of(request)
    )
    return Response(codes.model_dump_json(), media_type="application/json")


@router.delete(
    "",
    operation_id="disable_totp",
    summary="Switch off",
    description="Takes the password and a one-time password or recovery code. Log-ins take the "
    "password alone again.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 409, 413, 415, 422, 429),
)
async def disable(request: Request, caller: AccountOwner, body: Disabling) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).disable,
        caller=caller,
        password=body.password.get_secret_value(),
        otp=body.otp,
        origin=origin_of(request),
    )
