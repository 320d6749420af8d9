"""Our own records as the neutral ones that writers take."""

from errand.projects.model import INBOX, Project
from errand.tasks.model import Task
from errand.transfer.model import ForeignProject, ForeignTask


def project_of(project: Project) -> ForeignProject:
    return ForeignProject(
        line=0,
        ref=project.id,
        name=project.name,
        colour=project.colour,
        archived=project.archived,
    )


def task_of(task: Task, *, section: str | None = None) -> ForeignTask:
    """`section`: the name of the one that it stands in."""
    return ForeignTask(
        line=0,
        ref=task.id,
        title=task.title,
        project=None if task.project_id == INBOX else task.project_id,
        parent=task.parent_id,
        section=section,
        labels=task.labels,
        description=task.description or "",
        due=task.due,
        deadline=task.deadline,
        start=task.start,
        duration=task.duration,
        recurrence=task.recurrence,
        occurrence=task.occurrence,
        moved=task.moved_occurrences,
        priority=task.priority,
        reminders=task.reminders,
        links=task.links,
        is_completed=task.is_completed,
        completed_at=task.completed_at,
        created_at=task.created_at,
    )
