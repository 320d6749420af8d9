"""Tasks that filters are tried on, a wall clock and names for them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from errand.filters.dates import Context

ZONES = (
    "Europe/Berlin",
    "Pacific/Pago_Pago",
    "Pacific/Kiritimati",
    "America/St_Johns",
    "Asia/Tokyo",
)
# Around the night in which clocks of St. John's were set back from 0:01.
NOW = datetime(2010, 11, 7, 2, 31, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class SampleDue:
    """On a day; or at a time, of a zone or of wherever one is."""

    at: date
    zone: str | None = None

    @property
    def day(self) -> date:
        return self.at.date() if isinstance(self.at, datetime) else self.at

    @property
    def text(self) -> str:
        return self.at.isoformat()

    def moment(self, here: ZoneInfo) -> datetime | None:
        if not isinstance(self.at, datetime):
            return None
        return self.at.replace(tzinfo=ZoneInfo(self.zone) if self.zone else here)


@dataclass(frozen=True, kw_only=True)
class SampleTask:
    id: str = "1"
    title: str = "Pay rent"
    description: str | None = None
    due: SampleDue | None = None
    start: SampleDue | None = None
    deadline: date | None = None
    created_at: int = 0
    updated_at: int = 0
    completed_at: int | None = None
    priority: int = 4
    project_id: str = "inbox"
    section_id: str | None = None
    label_ids: tuple[str, ...] = ()
    parent_id: str | None = None
    links: tuple[str, ...] = ()
    duration: int | None = None
    recurrence: str | None = None

    @property
    def is_completed(self) -> bool:
        return self.completed_at is not None


def sample_due(at: date | str | None, zone: str | None = None) -> SampleDue | None:
    if isinstance(at, str):
        at = datetime.fromisoformat(at) if "T" in at else date.fromisoformat(at)
    return SampleDue(at=at, zone=zone) if at is not None else None


def milliseconds(text: str) -> int:
    """Of the epoch, at that time in UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def sample_context(
    now: str | datetime = "2026-11-26T12:00", zone: str = "Europe/Berlin"
) -> Context:
    """Of a local time, or of an instant: noon of a Thursday in Berlin unless told otherwise."""
    here = ZoneInfo(zone)
    at = datetime.fromisoformat(now).replace(tzinfo=here) if isinstance(now, str) else now
    return Context(
        now=at.astimezone(UTC),
        zone=here,
        day=lambda due: due.day,
        moment=lambda due: due.moment(here),
    )


class SampleNames:
    """Two projects, each with a section of the same name, and two labels."""

    PROJECTS: ClassVar = {"home": "p1", "work": "p2", "home and garden": "p3"}
    LABELS: ClassVar = {"bank": "l1", "errands": "l2"}
    SECTIONS: ClassVar = {"todo": ("s1", "s2"), "done": ("s3",)}

    def project_id(self, name: str) -> str | None:
        return self.PROJECTS.get(name.casefold())

    def label_id(self, name: str) -> str | None:
        return self.LABELS.get(name.casefold())

    def section_ids(self, name: str) -> tuple[str, ...]:
        return self.SECTIONS.get(name.casefold(), ())

    def ids(self, kind: str) -> list[str]:
        return {"section": ["s1", "s2", "s3"], "label": ["l1", "l2"]}[kind]

    def known(self, kind: str) -> list[str]:
        kinds: dict[str, Any] = {
            "project": self.PROJECTS,
            "label": self.LABELS,
            "section": self.SECTIONS,
        }
        return [*kinds[kind]]


def some_tasks(number: int) -> list[SampleTask]:
    """Always the same ones, for filters are what is to be told apart."""
    choose = Random(10)  # noqa: S311 - to be the same again

    def minute() -> datetime:
        return NOW + timedelta(minutes=choose.randrange(-6 * 24 * 60, 6 * 24 * 60))

    def moment() -> int:
        return round(minute().timestamp() * 1000)

    def due() -> SampleDue | None:
        timed = SampleDue(at=minute().replace(tzinfo=None), zone=choose.choice([None, *ZONES]))
        return choose.choice([None, SampleDue(at=minute().date()), timed, timed])

    return [
        SampleTask(
            id=choose.choice("0v"),
            title=choose.choice(["Pay rent", "Café", "~"]),
            description=choose.choice([None, "", "pay", "RENT"]),
            due=due(),
            start=due(),
            deadline=choose.choice([None, minute().date()]),
            created_at=moment(),
            updated_at=moment(),
            completed_at=choose.choice([None, moment()]),
            priority=choose.randint(1, 4),
            project_id=choose.choice(["inbox", "p1", "p2"]),
            section_id=choose.choice([None, "s1", "s2", "s3"]),
            label_ids=choose.choice([(), ("l1",), ("l1", "l2")]),
            parent_id=choose.choice([None, None, "1"]),
            links=choose.choice([(), ("https://example.com",)]),
            duration=choose.choice([None, 30]),
            recurrence=choose.choice([None, "FREQ=DAILY"]),
        )
        for _ in range(number)
    ]
