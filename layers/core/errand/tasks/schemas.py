"""What the API takes and gives for a task, made of the task's table of fields."""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    HttpUrl,
    StrictBool,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from errand import ids
from errand.inputs import Day, Digits, Moment, Whole, true_or_false
from errand.labels.names import Labels
from errand.projects.model import INBOX
from errand.refusals import refused
from errand.schemas import IF_SENT, Draft, change, creation, view
from errand.schemas import View as Shape
from errand.tasks.decisions import LINKS_BYTES_MAX
from errand.tasks.lists import Sort, View
from errand.tasks.model import (
    DESCRIPTION_MAX,
    DURATION_MAX,
    LIMIT_MAX,
    LINK_MAX,
    LINKS_MAX,
    PRIORITY_DEFAULT,
    SKIP_MAX,
    TITLE_MAX,
    TITLE_MIN,
    Task,
)
from errand.tasks.times import SHAPES, DueRule, RecurrenceRule, Reminders
from errand.text import ONE_LINE_3, PROSE, OneLine, OrAbsent, Prose, Trimmed, at_least
from errand.views import JsonView

_HTTP_URL = TypeAdapter(HttpUrl)


_WHY_NO_URL = {
    "url_scheme": "must be an http or https URL",
    "url_too_long": f"must have at most {LINK_MAX} characters, percent-encoded",
}


def _http_url(value: Any) -> str:
    try:
        link = str(_HTTP_URL.validate_python(value))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[0]
        why = f": {found['ctx']['error']}" if found["type"] == "url_parsing" else ""
        words = _WHY_NO_URL.get(found["type"], f"must be an http or https URL{why}")
        raise refused("url", words) from None
    # What is not ASCII grows when it is encoded.
    if len(link) > LINK_MAX:
        raise refused("url", _WHY_NO_URL["url_too_long"])
    return link


def _bounded(links: list[str]) -> tuple[str, ...]:
    if sum(map(len, links)) > LINKS_BYTES_MAX:
        most = f"must have at most {LINKS_BYTES_MAX} characters in all links together"
        raise refused("too_long", f"{most}, percent-encoded")
    return tuple(links)


Title = Annotated[
    str, Field(max_length=TITLE_MAX), Trimmed, at_least(TITLE_MIN), OneLine, ONE_LINE_3
]
Description = Annotated[str, Field(max_length=DESCRIPTION_MAX), Trimmed, Prose, OrAbsent, PROSE]
Link = Annotated[str, BeforeValidator(_http_url, json_schema_input_type=HttpUrl)]
# A list to whoever sends one, also in what they are told of a wrong one; a record has a tuple.
Links = Annotated[list[Link], Field(max_length=LINKS_MAX), AfterValidator(_bounded)]


_EXAMPLE: JsonDict = {
    "title": "Buy milk",
    "description": "Two litres, the one with the blue cap",
    "due_date": "2026-12-24",
    "priority": 2,
    "links": ["https://example.com/milk"],
}


FILTER_MAX = 1024
PROJECT_PATTERN = f"^({INBOX}|[0-9a-v]{{26}})$"
type Order = Annotated[Literal["asc", "desc"], Field(description="Upwards or downwards")]


class ListQuery(BaseModel):
    """Which page of one's tasks."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX, description="Tasks on a page"), Digits] = 10
    skip: Annotated[
        int,
        Field(
            ge=0,
            description="Tasks to leave out first; they are read, and paid for, all the same. "
            "To go further follow the Link header.",
            json_schema_extra={"maximum": SKIP_MAX},
        ),
        Digits,
    ] = 0
    cursor: Annotated[str | SkipJsonSchema[None], Field(description="From the Link header")] = None
    completed: Annotated[
        bool | SkipJsonSchema[None],
        BeforeValidator(true_or_false),
        Field(description="Only those that are, or are not, completed"),
    ] = None
    view: Annotated[
        View,
        Field(
            description="Open tasks due today, later or before, on the calendar of the account's "
            "time zone, by when they are due; those of the Inbox; completed ones, by when they "
            "were; or those in the trash, by when they were deleted"
        ),
    ] = IF_SENT
    project_id: Annotated[
        str, Field(pattern=PROJECT_PATTERN, description="Only open tasks of this project")
    ] = IF_SENT
    section_id: Annotated[
        str,
        Field(
            pattern=ids.PATTERN,
            description="With project_id: only open tasks of this section of it, without subtasks",
        ),
    ] = IF_SENT
    parent_id: Annotated[
        str, Field(pattern=ids.PATTERN, description="Only open subtasks of this task")
    ] = IF_SENT
    filter: Annotated[
        str,
        Field(
            max_length=FILTER_MAX,
            description='Such as `due < tomorrow & priority <= 2 & (#home | text ~ "rent")`: the '
            "grammar is in docs/filters.md. In the order of the view that is read for it",
            json_schema_extra={
                "format": "task-filter",
                "examples": ["due < tomorrow & priority <= 2 & !completed"],
            },
        ),
    ] = IF_SENT
    saved_filter: Annotated[
        str, Field(pattern=ids.PATTERN, description="What the saved filter of this id means")
    ] = IF_SENT
    priority: Annotated[
        int,
        Field(ge=1, le=PRIORITY_DEFAULT - 1, description="Only open tasks of this priority"),
        Digits,
    ] = IF_SENT
    completed_since: Annotated[
        Moment,
        Field(description="Only tasks completed then or later, by when they were"),
    ] = IF_SENT
    completed_until: Annotated[
        Moment,
        Field(description="Only tasks completed before, by when they were"),
    ] = IF_SENT
    sort: Annotated[
        Sort,
        Field(
            description="The order of any list of up to about 3,000 tasks, which all are read for "
            "each page; what is not due comes last"
        ),
    ] = IF_SENT
    order: Annotated[
        Order,
        Field(
            description="asc has the oldest first, or what is due or stands first; without it that "
            "is the order of what is due and of what stands in a project, section or task, and all "
            "else has the newest first"
        ),
    ] = IF_SENT

    explain: Annotated[
        bool | SkipJsonSchema[None],
        BeforeValidator(true_or_false),
        Field(
            description="Whether headers tell what is read for the page: X-Query-Plan, "
            "X-Items-Read, X-Consumed-Capacity"
        ),
    ] = None

    count: Annotated[
        bool | SkipJsonSchema[None],
        BeforeValidator(true_or_false),
        Field(
            description="Whether the header X-Total-Count tells how many tasks all pages of the "
            "list have together; 422 for a list of more than 1 MB whose size is not kept"
        ),
    ] = None

    @model_validator(mode="after")
    def _is_one_list(self) -> Self:
        period = self.completed_since is not None or self.completed_until is not None
        is_due = self.view not in {None, View.COMPLETED}
        of_open = [self.completed, self.project_id, self.parent_id, self.priority, self.filter]
        of_open.append(self.saved_filter)
        if self.section_id is not None and self.project_id is None:
            raise refused("section_of_project", "section_id goes with project_id")
        asked = sum(one is not None for one in of_open) + (is_due or period or bool(self.view))
        if asked > 1 or (is_due and period):
            names = "completed, view, project_id, parent_id, priority, filter and saved_filter"
            raise refused("one_list", f"{names} are different lists")
        return self

    @property
    def ascending(self) -> bool:
        if self.order:
            return self.order == "asc"
        if self.sort:
            return self.sort not in {Sort.CREATED, Sort.UPDATED}
        is_by_hand = self.project_id is not None or self.parent_id is not None
        return is_by_hand or self.view not in {None, View.COMPLETED, View.TRASH}

    @property
    def shown(self) -> str:
        """Which list it is, and in what order: what its cursors are good for."""
        period = f"{self.completed_since}|{self.completed_until}"
        place = f"{self.project_id}|{self.section_id}|{self.parent_id}"
        of_open = f"{self.completed}|{place}|{self.priority}"
        by_filter = f"{self.filter}|{self.saved_filter}"
        return f"{of_open}|{self.view}|{period}|{self.ascending}|{self.sort}|{by_filter}"


RULES: dict[str, Any] = {
    "title": Title,
    "description": Description,
    "due": DueRule,
    "due_date": Day,
    "deadline": Day,
    "start": DueRule,
    "duration": Annotated[int, Field(ge=1, le=DURATION_MAX), Whole],
    "recurrence": RecurrenceRule,
    "project_id": Annotated[
        str, Field(pattern=PROJECT_PATTERN, json_schema_extra={"examples": [INBOX]})
    ],
    "section_id": Annotated[str, Field(pattern=ids.PATTERN)],
    "parent_id": Annotated[str, Field(pattern=ids.PATTERN)],
    "priority": Annotated[int, Field(ge=1, le=PRIORITY_DEFAULT), Whole],
    "labels": Labels,
    "reminders": Reminders,
    "links": Links,
    "completed": StrictBool,
}
_ANSWER: JsonDict = {
    "id": "06h08q0rf9qcv4e83s3ndg2tl8",
    **_EXAMPLE,
    "due": {"type": "date", "date": "2026-12-24"},
    "deadline": None,
    "start": None,
    "duration": None,
    "project_id": "inbox",
    "section_id": None,
    "parent_id": None,
    "position": "06h08q0rf9qcv4e83s3ndg2tl8",
    "recurrence": None,
    "occurrence": None,
    "moved_occurrences": [],
    "labels": ["errands"],
    "label_ids": ["06h08q0rf9qcv4e83s3ndg2tm0"],
    "reminders": [],
    "completed": True,
    "completed_at": "2026-12-23T17:05:00.456Z",
    "created_at": "2026-11-22T08:30:00.123Z",
    "updated_at": "2026-12-23T17:05:00.456Z",
    "version": 2,
}

if TYPE_CHECKING:
    TaskCreate = Draft
    TaskUpdate = Draft
else:
    TaskCreate = creation(Task, RULES, name="TaskCreate", example=_EXAMPLE, meaning="A new task.")
    TaskUpdate = change(
        Task,
        RULES,
        name="TaskUpdate",
        example={"completed": True},
        meaning="Only the fields sent change; null clears those that a task need not have. "
        "What the server sets is taken and ignored, so that a task can be sent as it was read.",
    )

TASK_JSON = JsonView(Task)


@cache
def task_view() -> type[Shape]:
    """For documentation alone: TASK_JSON makes the answers."""
    return view(Task, name="Task", example=_ANSWER, meaning="Something to be done.", shapes=SHAPES)
