"""Settings of the API, read from the environment once, when first asked for."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from errand.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True, slots=True)
class TrustedEdge:
    """What is in front of the API, and proves it by a secret, of which only a digest is known."""

    address_header: str  # in which it tells where a request came from
    secret_digest: str  # the first digits of its SHA-256
    is_only: bool = False  # what did not come through it is refused


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """A plain dataclass: pydantic-settings would add to every cold start for a few strings."""

    data_table: str
    log_table: str
    ephemeral_table: str
    signing_secret: str  # name or ARN in Secrets Manager, never the secret itself
    on_lambda: bool
    # Which history of the data table its log tells: one that was restored has another.
    epoch: str = ""
    server_timing: bool = False  # tell clients what their requests cost
    request_lines: bool = False  # log each request with its operation
    metrics_of: str = ""  # name of the function whose metrics such lines make; empty: none
    refuse_common_passwords: bool = True
    cors_origins: tuple[str, ...] = ()
    docs: bool = True  # the pages of the documentation, and what they show
    public_url: str = ""  # under which clients reach the API; empty: as they called it
    edge: TrustedEdge | None = None
    mail_queue_url: str | None = None  # None: no mail is sent
    realtime_url: str | None = None  # of sockets; None: there is no gateway that has them
    import_bucket: str = ""  # of files that are uploaded to be imported
    import_url: str = ""  # where forms for it are sent
    webhook_queue_url: str = ""
    loopback_webhooks: bool = False  # receivers may be on this machine: for development
    push_queue_url: str | None = None  # None: nothing is sent to browsers

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Raises ConfigurationError naming the first variable that is missing or empty."""

        def required(name: str) -> str:
            value = environment.get(name, "").strip()
            if not value:
                raise ConfigurationError(f"The environment variable {name} is not set")
            return value

        import_bucket = environment.get("ERRAND_IMPORT_BUCKET", "")
        function = environment.get("AWS_LAMBDA_FUNCTION_NAME", "")
        lines = environment.get("ERRAND_REQUEST_LINES", "")
        # As botocore has it: an AWS elsewhere, which has its buckets in paths.
        endpoint = environment.get("AWS_ENDPOINT_URL", "").rstrip("/")
        return cls(
            data_table=required("ERRAND_DATA_TABLE"),
            log_table=required("ERRAND_LOG_TABLE"),
            ephemeral_table=required("ERRAND_EPHEMERAL_TABLE"),
            signing_secret=required("ERRAND_SIGNING_SECRET"),
            on_lambda=bool(function),
            epoch=epoch_of(environment.get("ERRAND_DATA_STREAM", "")),
            server_timing=environment.get("ERRAND_SERVER_TIMING") == "1",
            request_lines=bool(function) and lines in {"logs", "metrics"},
            metrics_of=function if lines == "metrics" else "",
            refuse_common_passwords=environment.get("ERRAND_REFUSE_COMMON_PASSWORDS") != "0",
            cors_origins=tuple(filter(None, environment.get("ERRAND_CORS_ORIGINS", "").split(","))),
            docs=environment.get("ERRAND_DOCS") != "0",
            public_url=environment.get("ERRAND_PUBLIC_URL", "").rstrip("/"),
            edge=_edge(environment),
            mail_queue_url=environment.get("ERRAND_MAIL_QUEUE_URL") or None,
            realtime_url=environment.get("ERRAND_REALTIME_URL") or None,
            import_bucket=import_bucket,
            import_url=(
                f"{endpoint}/{import_bucket}"
                if endpoint
                else environment.get("ERRAND_IMPORT_URL", "")
            ),
            webhook_queue_url=environment.get("ERRAND_WEBHOOK_QUEUE_URL", ""),
            loopback_webhooks=environment.get("ERRAND_LOOPBACK_WEBHOOKS") == "1",
            push_queue_url=environment.get("ERRAND_PUSH_QUEUE_URL") or None,
        )


def _edge(environment: Mapping[str, str]) -> TrustedEdge | None:
    """Raises ConfigurationError for one that could not prove itself, and so would be refused."""
    digest = environment.get("ERRAND_EDGE_SECRET_DIGEST", "")
    is_only = environment.get("ERRAND_EDGE_ONLY") == "1"
    if not digest:
        if is_only:
            raise ConfigurationError("ERRAND_EDGE_ONLY is set without ERRAND_EDGE_SECRET_DIGEST")
        return None
    header = environment.get("ERRAND_EDGE_ADDRESS_HEADER", "")
    return TrustedEdge(address_header=header, secret_digest=digest, is_only=is_only)


def epoch_of(stream: str) -> str:
    """The label of a stream by its ARN: each table has its own, also one that was restored."""
    return stream.rpartition("/")[2]


@cache
def get_settings() -> Settings:
    return Settings.from_environment(os.environ)
