"""Uploaded files, in S3."""

from typing import Any, Protocol

from botocore.exceptions import ClientError

from errand.aws import reason
from errand.errors import InvalidInput
from errand.uploads.model import BYTES_MAX

# Who may not list a bucket is told that, too, of what is not there.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
_GONE = frozenset({"NoSuchKey", "AccessDenied"})
_REPLACED = frozenset({"PreconditionFailed", "412"})


class S3Client(Protocol):
    def get_object(self, **request: Any) -> dict[str, Any]: ...
    def delete_object(self, **request: Any) -> dict[str, Any]: ...


class S3Files:
    """Files, all in one bucket."""

    def __init__(self, s3: S3Client, *, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def read(self, key: str, *, etag: str) -> bytes:
        """Raises InvalidInput if it is gone, another, or too large; botocore's own errors."""
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=key, IfMatch=etag)
        except ClientError as error:
            if reason(error) in _GONE:
                raise InvalidInput("The file is gone: files are kept for a day") from None
            if reason(error) in _REPLACED:
                raise InvalidInput("The file was replaced while it was worked off") from None
            raise
        with answer["Body"] as body:
            data: bytes = body.read(BYTES_MAX + 1)
        if len(data) > BYTES_MAX:
            raise InvalidInput(f"A file has at most {BYTES_MAX} bytes")
        return data

    def remove(self, key: str) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=key)
