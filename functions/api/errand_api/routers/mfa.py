"""The second step of logging in: one-time passwords (TOTP, RFC 6238)."""

from fastapi import Request, Response

from errand.mfa.schemas import Disabling, Enrolment, EnrolmentRequest, OtpIn, RecoveryCodes
from errand_api.dependencies import AccountWriter, origin_of, services_of
from errand_api.responses import problems
from errand_api.routing import Router

router = Router(prefix="/users/me/mfa/totp", tags=["two-step log-in"])


@router.post(
    "",
    operation_id="enrol_totp",
    summary="Begin: get a secret for an authenticator app",
    response_model=Enrolment,
    responses=problems(400, 401, 403, 413, 415, 422, 429),
)
async def enrol(request: Request, caller: AccountWriter, body: EnrolmentRequest) -> Response:
    services = services_of(request)
    enrolment = await services.run(
        services.mfa.enrol,
        caller=caller,
        password=body.password.get_secret_value(),
        origin=origin_of(request),
    )
    return Response(enrolment.model_dump_json(), media_type="application/json")


@router.post(
    "/confirm",
    operation_id="confirm_totp",
    summary="Switch on: prove that the app works, get recovery codes",
    response_model=RecoveryCodes,
    responses=problems(400, 401, 403, 413, 415, 422, 429),
)
async def confirm(request: Request, caller: AccountWriter, body: OtpIn) -> Response:
    services = services_of(request)
    codes = await services.run(
        services.mfa.confirm, caller=caller, otp=body.otp, origin=origin_of(request)
    )
    return Response(codes.model_dump_json(), media_type="application/json")


@router.delete(
    "",
    operation_id="disable_totp",
    summary="Switch off",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 413, 415, 422, 429),
)
async def disable(request: Request, caller: AccountWriter, body: Disabling) -> None:
    services = services_of(request)
    await services.run(
        services.mfa.disable,
        caller=caller,
        password=body.password.get_secret_value(),
        otp=body.otp,
        origin=origin_of(request),
    )
