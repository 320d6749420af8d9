"""Forms by which one file can be sent to S3, signed by botocore's own signer.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html
A form, not the URL of a PUT: S3 itself holds it to a size that nobody has to know beforehand.
"""

from datetime import UTC, datetime, timedelta

import botocore.session
from botocore.auth import S3SigV4PostAuth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

from errand.errors import ConfigurationError, UploadsNotConfigured
from errand.uploads.model import BYTES_MAX, FORM_SECONDS, Form, Upload, key_of


class Forms:
    """`url`: of the bucket."""

    def __init__(self, *, bucket: str, url: str, session: Session | None = None) -> None:
        self._bucket = bucket
        self._url = url
        self._session = session or botocore.session.get_session()

    def check(self) -> None:
        """Raises UploadsNotConfigured without a bucket."""
        if not self._bucket:
            raise UploadsNotConfigured

    def form(self, upload: Upload) -> Form:
        """Of the file of this import alone. Raises ConfigurationError without credentials."""
        credentials = self._session.get_credentials()
        if credentials is None:
            raise ConfigurationError("There is nobody to sign forms for imports")
        end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=FORM_SECONDS)
        key = key_of(upload)
        request = AWSRequest("POST", self._url)
        request.context["s3-presign-post-fields"] = {"key": key}
        request.context["s3-presign-post-policy"] = {
            "expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "conditions": [
                {"bucket": self._bucket},
                {"key": key},
                ["content-length-range", 1, BYTES_MAX],
            ],
        }
        region = self._session.get_config_variable("region")
        signer = S3SigV4PostAuth(credentials.get_frozen_credentials(), "s3", region)
        signer.add_auth(request)
        return Form(
            url=self._url,
            fields=request.context["s3-presign-post-fields"],
            expires_at=int(end.timestamp()) * 1000,
        )
