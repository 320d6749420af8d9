"""Prints the tables of docs/cost.md: `python -m tools.cost`.

Every figure that goes in is below; which of them are measured and which assumed, the page says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf

type Tiers = tuple[tuple[float, float], ...]  # (from this quantity on, price of one)
type Lines = list[tuple[str, float]]

# List prices of us-east-1 in November 2026, in dollars, without free tiers.
GATEWAY: Tiers = ((0, 1.00e-6), (300e6, 0.90e-6))
LAMBDA_REQUEST = 0.20e-6
GB_SECOND: Tiers = ((0, 1.66667e-5), (6e9, 1.5e-5), (15e9, 1.33334e-5))  # x86
READ_UNIT, WRITE_UNIT = 0.125e-6, 0.625e-6
TABLE_GB, BACKUP_GB = 0.25, 0.20  # a month; point-in-time recovery
EVENT = 1.00e-6
MESSAGE = 0.40e-6  # a request to SQS
LOG_GB = 0.50
SECRET, SECRET_CALL = 0.40, 0.05 / 10_000
OUT_GB: Tiers = ((0, 0.09), (10_240, 0.085), (51_200, 0.07), (153_600, 0.05))
VCPU_HOUR, MEMORY_GB_HOUR = 0.04048, 0.004445  # Fargate, x86
BALANCER_HOUR, LCU_HOUR, ADDRESS_HOUR = 0.0225, 0.008, 0.005
# RDS for PostgreSQL, Multi-AZ, by the hour, and the peak of requests per second it is taken for.
DATABASES = (
    (100, "db.t4g.micro", 0.032),
    (1_000, "db.t4g.medium", 0.130),
    (20_000, "db.r6g.4xlarge", 3.60),
)
DATABASE_GB = 0.23
HOURS = 730  # of a month

# The API has 1,024 MB, and so 1,024/1,769 of a processor.
MEMORY_GB, PROCESSOR = 1.0, 1024 / 1769
RUNTIME_MS = 1.0  # of Lambda's runtime around each invocation
INIT_WAIT_MS = 130.0  # bare runtime and Secrets Manager
INIT_CPU_MS = 580.0
LOOKUPS, LOOKUP_MS, LOOKUP_UNITS = 0.5, 3.0, 2.0  # tokens not seen within 30 s: share of requests
CHANGE_MS, CHANGE_GB = 30.0, 0.25  # one invocation of publish_changes for each change
# Of each change the log keeps an entry and one of its index, for a year. If the account is there
# is looked up for each batch, its last entry if that is not remembered. An invocation as above.
ENTRY_WRITE_UNITS, ENTRY_READ_UNITS, ENTRY_BYTES = 2.0, 1.5, 450 + 250
# Whether there is a webhook for it is looked up for each change: a message that comes, is read and
# is deleted, an invocation, a Query that finds nothing. Under load both carry up to ten.
LOOK_MESSAGES, LOOK_READ_UNITS, LOOK_MS = 3.0, 1.0, 20.0
# Each change of a text alone: if the account is there, the head of its index, the task, if there
# are comments; then head or segment, as measured. With more load up to 100 are written together.
INDEX_WRITE_UNITS, INDEX_READ_UNITS, INDEX_MS, INDEX_GB = 2.5, 4.0, 30.0, 1.0
LOG_KB = 1.1  # of a request
TASK_BYTES, INDEX_ENTRIES, ENTRY_OVERHEAD = 310, 2.5, 100
KEPT_MONTHS = 12


@dataclass(frozen=True)
class Operation:
    name: str
    share: float
    cpu_ms: float
    wait_ms: float
    read_units: float
    write_units: float
    answer_kb: float

    @property
    def duration_ms(self) -> float:
        return self.cpu_ms / PROCESSOR + self.wait_ms + RUNTIME_MS + LOOKUPS * LOOKUP_MS


OPERATIONS = (
    Operation("page of 25 tasks", 0.7, 3.4, 6, 3, 0, 13.2),
    Operation("one task", 0.1, 3.4, 3, 1, 0, 0.8),
    Operation("create", 0.1, 3.4, 5, 0, 3.5, 0.8),
    # Half of them of texts; the other half complete a task, which is read first.
    Operation("update", 0.1, 3.4, 6.5, 0.5, 4.5, 0.8),
)
WRITES = sum(one.share for one in OPERATIONS if one.write_units)
CREATES = 0.1

# Requests a month -> share of them that start an instance.
COLD = {1e3: 0.5, 1e6: 0.01, 100e6: 0.001, 1e9: 0.0003, 10e9: 0.0001}

# Beside it: one server process, and a month's peak, as a multiple of its average.
SERVER_CPU_MS, UTILISATION, PEAK = 3.5, 0.5, 4
TASK_VCPU, TASK_GB, TASKS_LEAST = 0.25, 0.5, 2


def cold(requests: float) -> float:
    """The share that meets a cold start, of so many in a month."""
    return COLD[max((known for known in COLD if known <= requests), default=min(COLD))]


def tiered(quantity: float, tiers: Tiers) -> float:
    bounds = [*tiers, (inf, 0.0)]
    return sum(
        (min(quantity, until) - start) * price
        for (start, price), (until, _) in pairwise(bounds)
        if quantity > start
    )


def average(name: str) -> float:
    """Of an attribute, over the mix of operations."""
    return sum(one.share * float(getattr(one, name)) for one in OPERATIONS)


def stored_gb(requests: float, *, copies: float) -> float:
    return requests * CREATES * KEPT_MONTHS * copies * (TASK_BYTES + ENTRY_OVERHEAD) / 1e9


def logged(changes: float) -> float:
    """Of the log of changes, without the time of what writes it."""
    units = ENTRY_WRITE_UNITS * WRITE_UNIT + ENTRY_READ_UNITS * READ_UNIT
    gb = changes * KEPT_MONTHS * ENTRY_BYTES / 1e9
    return changes * (units + LAMBDA_REQUEST) + gb * (TABLE_GB + BACKUP_GB)


def looked_for(changes: float) -> float:
    """Webhooks that there are not, without the time of what looks."""
    return changes * (LOOK_MESSAGES * MESSAGE + LAMBDA_REQUEST + LOOK_READ_UNITS * READ_UNIT)


def indexed(changes: float) -> float:
    """Of the index of texts, whose bytes are few."""
    units = INDEX_WRITE_UNITS * WRITE_UNIT + INDEX_READ_UNITS * READ_UNIT
    seconds = changes * INDEX_GB * INDEX_MS / 1000
    return changes * (units + LOOK_MESSAGES * MESSAGE + LAMBDA_REQUEST) + tiered(seconds, GB_SECOND)


def serverless(requests: float) -> Lines:
    colds = requests * cold(requests)
    init = (INIT_CPU_MS / PROCESSOR + INIT_WAIT_MS) / 1000
    seconds = requests * average("duration_ms") / 1000 + colds * init
    changes = requests * WRITES
    change_seconds = changes * CHANGE_GB * CHANGE_MS / 1000
    look_seconds = changes * CHANGE_GB * LOOK_MS / 1000
    reads = requests * (average("read_units") + LOOKUPS * LOOKUP_UNITS)
    gb = stored_gb(requests, copies=1 + INDEX_ENTRIES)
    return [
        ("HTTP API", tiered(requests, GATEWAY)),
        ("Lambda, the API", requests * LAMBDA_REQUEST + tiered(seconds * MEMORY_GB, GB_SECOND)),
        ("DynamoDB, reads", reads * READ_UNIT),
        ("DynamoDB, writes", requests * average("write_units") * WRITE_UNIT),
        ("DynamoDB, storage and backup", gb * (TABLE_GB + BACKUP_GB)),
        ("events", changes * (EVENT + LAMBDA_REQUEST) + tiered(change_seconds, GB_SECOND)),
        ("log of changes", logged(changes) + tiered(change_seconds, GB_SECOND)),
        ("webhooks, looked for", looked_for(changes) + tiered(look_seconds, GB_SECOND)),
        ("index of texts", indexed(changes)),
        ("logs", requests * LOG_KB / 1e6 * LOG_GB),
        ("signing secret", SECRET + colds * SECRET_CALL),
        ("data out", tiered(requests * average("answer_kb") / 1e6, OUT_GB)),
    ]


def sized(requests: float) -> tuple[int, str, float]:
    """Fargate tasks, the database's class and its price by the hour, for a month's peak."""
    peak = requests / HOURS / 3600 * PEAK
    each = TASK_VCPU * UTILISATION / SERVER_CPU_MS * 1000
    database, hour = next((name, hour) for limit, name, hour in DATABASES if peak <= limit)
    # One more than needed, so that one may fail.
    return max(TASKS_LEAST, ceil(peak / each) + 1), database, hour


def always_on(requests: float) -> Lines:
    tasks, _, database_hour = sized(requests)
    out_gb = requests * average("answer_kb") / 1e6
    # A capacity unit of the load balancer is 1 GB an hour; the other measures are below that.
    units = max(1.0, out_gb / HOURS)
    gb = max(20.0, stored_gb(requests, copies=1 + INDEX_ENTRIES))
    return [
        ("Fargate", tasks * HOURS * (TASK_VCPU * VCPU_HOUR + TASK_GB * MEMORY_GB_HOUR)),
        ("load balancer", HOURS * (BALANCER_HOUR + units * LCU_HOUR)),
        ("public addresses", HOURS * (2 + tasks) * ADDRESS_HOUR),
        ("RDS", HOURS * database_hour),
        ("RDS, storage", gb * DATABASE_GB),
        ("logs", requests * LOG_KB / 1e6 * LOG_GB),
        ("signing secret", SECRET),
        ("data out", tiered(out_gb, OUT_GB)),
    ]


def total(lines: Lines) -> float:
    return sum(price for _, price in lines)


def break_even() -> float:
    """Requests a month, from what the first million adds to either bill."""
    few, many = 1e3, 1e6
    gap = total(always_on(few)) - total(serverless(few))
    dearer = (total(serverless(many)) - total(serverless(few))) - (
        total(always_on(many)) - total(always_on(few))
    )
    return few + gap / dearer * (many - few)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown, the first column to the left."""
    ruler = ["---"] + ["---:"] * (len(header) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, ruler, *rows))


def bills(of: dict[float, Lines]) -> str:
    names = [name for name, _ in next(iter(of.values()))]
    rows = [
        [name, *(f"${lines[position][1]:,.2f}" for lines in of.values())]
        for position, name in enumerate(names)
    ]
    totals = [f"**${total(lines):,.2f}**" for lines in of.values()]
    return table(["a month", *map(_short, of)], [*rows, ["**together**", *totals]])


def summary() -> str:
    rows = [
        [_short(n), f"${total(serverless(n)):,.2f}", f"${total(always_on(n)):,.2f}"] for n in COLD
    ]
    return table(["requests a month", "Errand", "always on"], rows)


def arithmetic() -> str:
    """How a million requests add up, for README."""
    requests = 1e6
    price = dict(serverless(requests))
    reads = average("read_units") + LOOKUPS * LOOKUP_UNITS
    colds = requests * COLD[requests]
    cold_seconds = (INIT_CPU_MS / PROCESSOR + INIT_WAIT_MS) / 1000
    changes = CHANGE_MS / 1000 * CHANGE_GB
    gb = stored_gb(requests, copies=1 + INDEX_ENTRIES)
    terms = {
        "HTTP API": "1 M x $1.00/M ($0.90/M above 300 M)",
        "Lambda, the API": f"1 M x $0.20/M + (1 M x {average('duration_ms'):.1f} ms + {colds:,.0f} "
        f"starts x {cold_seconds:.2f} s) x 1 GB x $0.0000166667",
        "DynamoDB, reads": f"1 M x {reads:g} units x $0.125/M",
        "DynamoDB, writes": f"1 M x {average('write_units'):g} units x $0.625/M",
        "DynamoDB, storage and backup": f"{gb:.2f} GB after {KEPT_MONTHS} months x ($0.25 + $0.20)",
        "events": f"{WRITES * requests / 1e6:g} M x ($1.00/M EventBridge + $0.20/M Lambda + "
        f"{changes:g} GB-s x $0.0000166667)",
        "log of changes": f"{WRITES * requests / 1e6:g} M x "
        f"({ENTRY_WRITE_UNITS:g} units x $0.625/M + "
        f"{ENTRY_READ_UNITS:g} x $0.125/M + $0.20/M Lambda + {changes:g} GB-s x $0.0000166667) + "
        f"{WRITES * requests * KEPT_MONTHS * ENTRY_BYTES / 1e9:.2f} GB x ($0.25 + $0.20)",
        "webhooks, looked for": f"{WRITES * requests / 1e6:g} M x ({LOOK_MESSAGES:g} x $0.40/M SQS "
        f"+ {LOOK_READ_UNITS:g} x $0.125/M + $0.20/M Lambda + "
        f"{LOOK_MS / 1000 * CHANGE_GB:g} GB-s x $0.0000166667)",
        "index of texts": f"{WRITES * requests / 1e6:g} M x "
        f"({LOOK_MESSAGES:g} x $0.40/M SQS + {INDEX_WRITE_UNITS:g} units x $0.625/M "
        f"+ {INDEX_READ_UNITS:g} x $0.125/M + $0.20/M Lambda + "
        f"{INDEX_GB * INDEX_MS / 1000:g} GB-s x $0.0000166667)",
        "logs": f"1 M x {LOG_KB} KB x $0.50/GB",
        "signing secret": f"$0.40 + {colds:,.0f} reads x $0.05/10,000",
        "data out": f"1 M x {average('answer_kb'):.2f} KB x $0.09/GB",
    }
    rows = [[name, term, f"${price[name]:,.2f}"] for name, term in terms.items()]
    whole = ["**together**", "", f"**${total(serverless(requests)):,.2f}**"]
    return table(["1 million requests", "", ""], [*rows, whole])


def report() -> str:
    operations = [
        [
            one.name,
            f"{one.share:.0%}",
            f"{one.cpu_ms:.2f}",
            f"{one.wait_ms:g}",
            f"{one.duration_ms:.1f}",
            f"{one.read_units:g}",
            f"{one.write_units:g}",
            f"{one.answer_kb:g}",
        ]
        for one in OPERATIONS
    ]
    header = ["operation", "share", "CPU ms", "DynamoDB ms", "billed ms", "RU", "WU", "KB out"]
    sizes = [[_short(n), *map(str, sized(n)[:2])] for n in COLD]
    return "\n\n".join(
        [
            table(header, operations),
            "On Lambda and DynamoDB:",
            bills({requests: serverless(requests) for requests in COLD}),
            "Always on, sized for the peak:",
            table(["requests", "Fargate tasks", "RDS, Multi-AZ"], sizes),
            bills({requests: always_on(requests) for requests in COLD}),
            f"Both cost the same at about {break_even() / 1e6:.0f} million requests a month.",
        ]
    )


def _short(requests: float) -> str:
    for size, name in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if requests >= size:
            return f"{requests / size:g} {name}"
    return f"{requests:g}"


if __name__ == "__main__":
    print(report())
