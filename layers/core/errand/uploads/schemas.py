"""What the API takes and gives for large imports."""

import json
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from errand.schemas import Draft, View, creation, view
from errand.transfer.reading import Format
from errand.uploads.model import Form, Status, Upload
from errand.views import JsonView

_EXAMPLE = {"format": "todoist", "dry_run": False}
_ID = "06h08q0rf9qcv4e83s3ndg2tl8"
_ANSWER: dict[str, Any] = {
    "id": _ID,
    **_EXAMPLE,
    "status": "working",
    "tasks": 1500,
    "tasks_total": 12000,
    "projects": 4,
    "lines": 17,
    "lines_left_off": 0,
    "failure": None,
    "created_at": "2026-11-22T08:30:00.123Z",
    "updated_at": "2026-11-22T08:31:00.123Z",
    "version": 33,
    "expires_at": "2026-12-22T08:30:00.000Z",
}
_FORM: dict[str, Any] = {
    "method": "POST",
    "url": "https://errand-imports.s3.eu-central-1.amazonaws.com",
    "fields": [
        {"name": "key", "value": f"06h04o2vndpa700bqsem70d6f8/{_ID}"},
        {"name": "policy", "value": "eyJleHBp…"},
    ],
    "file_field": "file",
    "bytes_max": 10_000_000,
    "expires_at": "2026-11-22T08:45:00.000Z",
}
RULES: dict[str, Any] = {"format": Format, "dry_run": StrictBool}

if TYPE_CHECKING:
    ImportCreate = Draft
else:
    ImportCreate = creation(
        Upload, RULES, name="ImportCreate", example=_EXAMPLE, meaning="A file that will be sent."
    )


class FormField(BaseModel):
    """A field of a form."""

    name: Annotated[str, Field(description="What it is called")]
    value: Annotated[str, Field(description="What is in it")]


class UploadForm(BaseModel):
    """How to send the file: multipart/form-data of all fields, and the file behind them."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FORM]})

    method: Annotated[str, Field(description="Of HTTP: POST")]
    url: Annotated[str, Field(description="Where to send the form")]
    fields: Annotated[
        list[FormField],
        Field(description="What must be in the form; whoever has it can send the file"),
    ]
    file_field: Annotated[str, Field(description="The name of the file in the form, its last")]
    bytes_max: Annotated[int, Field(description="How large the file may be")]
    expires_at: Annotated[datetime, Field(description="Until when the form is taken")]


UPLOAD_JSON = JsonView(Upload)


def new_import_json(upload: Upload, form: Form | None) -> str:
    told = {**json.loads(UPLOAD_JSON.one(upload)), "upload": form.shown() if form else None}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


@cache
def import_view() -> type[View]:
    """For documentation alone: UPLOAD_JSON makes the answers."""
    return view(
        Upload,
        name="Import",
        example=_ANSWER,
        meaning="A file that is worked off, and how far that is.",
        shapes={"format": Format, "status": Status},
    )


@cache
def new_import_view() -> type[View]:
    return view(
        Upload,
        name="NewImport",
        example={**_ANSWER, "status": "waiting", "tasks": 0, "tasks_total": None, "upload": _FORM},
        meaning="An import with the form that its file is to be sent by.",
        shapes={"format": Format, "status": Status},
        more={
            "upload": Annotated[
                UploadForm | None,
                Field(description="How to send the file; null: it does not wait for it any more"),
            ]
        },
    )
