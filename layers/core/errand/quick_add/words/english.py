"""English."""

from errand.quick_add.words.language import (
    AFTERNOON,
    EVENING,
    LAST,
    MORNING,
    NIGHT,
    NOON,
    Language,
    Phrases,
    numbered,
    some,
    words,
)

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

ENGLISH = Language(
    relative_days=Phrases(
        {"today": 0, "tomorrow": 1, "the day after tomorrow": 2, "day after tomorrow": 2}
    ),
    parts_of_today=Phrases(
        {
            "tonight": NIGHT,
            "this morning": MORNING,
            "this afternoon": AFTERNOON,
            "this evening": EVENING,
        }
    ),
    weekdays=Phrases(numbered(*_WEEKDAYS)),
    short_weekdays=Phrases(
        numbered("mon", "tue tues", "wed", "thu thur thurs", "fri", "sat", "sun")
    ),
    vague_weekdays=Phrases({}),
    weekdays_with_part=Phrases({}),
    weeks_before=Phrases({"this": 0, "coming": 0, "this coming": 0, "next": 1, "next week": 1}),
    weeks_behind=Phrases({"next week": 1}),
    months=Phrases(
        numbered(
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
            first=1,
        )
    ),
    month_links=some("of"),
    months_need_link=some(),
    periods=Phrases({"next week": "week", "next month": "month", "next year": "year"}),
    weekends=Phrases({"this weekend": 0, "next weekend": 1}),
    prefixes=some("on", "by", "due", "due on", "due by"),
    ordinal_prefixes=some("on the", "by the", "due on the", "due by the"),
    into=some("in"),
    names_before_weekday=words(
        "ash black bloody casual clean cyber easter freaky giving good happy holy man maundy "
        "palm ruby shrove super whit"
    ),
    is_month_first=True,
    at=Phrases({"at": True, "by": False, "due at": True, "due by": False, "@": False}),
    named_times=Phrases({"noon": NOON, "midday": NOON, "midnight": 0}),
    oclock=some("o'clock", "o\u2019clock"),
    meridiems=Phrases({"am": 0, "a.m": 0, "pm": 12, "p.m": 12}),
    half_to=some(),
    fractions=Phrases({}),
    parts=Phrases(
        {
            "morning": MORNING,
            "noon": NOON,
            "midday": NOON,
            "afternoon": AFTERNOON,
            "evening": EVENING,
            "night": NIGHT,
            "in the morning": MORNING,
            "in the afternoon": AFTERNOON,
            "in the evening": EVENING,
            "at night": NIGHT,
        }
    ),
    parts_behind_time=Phrases(
        {
            "in the morning": MORNING,
            "in the afternoon": AFTERNOON,
            "in the evening": EVENING,
            "at night": NIGHT,
        }
    ),
    during=some("for"),
    units=Phrases(
        {
            **dict.fromkeys(("minute", "minutes", "min", "mins"), "minute"),
            **dict.fromkeys(("hour", "hours", "hr", "hrs"), "hour"),
            **dict.fromkeys(("day", "days"), "day"),
            **dict.fromkeys(("week", "weeks"), "week"),
            **dict.fromkeys(("month", "months"), "month"),
            **dict.fromkeys(("quarter", "quarters"), "quarter"),
            **dict.fromkeys(("year", "years"), "year"),
        }
    ),
    numbers=Phrases(
        numbered(
            *("a an one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
            *("eleven", "twelve"),
            first=1,
        )
    ),
    # Not "second": every second Friday is every other one to some.
    ordinals=Phrases({"first": 1, "third": 3, "fourth": 4, "fifth": 5, "last": LAST}),
    ordinal_ending="st|nd|rd|th",
    every=Phrases({"every": False}),
    other=some("other", "second"),
    other_weekdays=some("other"),
    plural_weekdays=Phrases({f"{name}s": number for number, name in enumerate(_WEEKDAYS)}),
    adverbs=Phrases(
        {
            "daily": ("day", 1),
            "weekly": ("week", 1),
            "biweekly": ("week", 2),
            "fortnightly": ("week", 2),
            "monthly": ("month", 1),
            "quarterly": ("quarter", 1),
            "yearly": ("year", 1),
            "annually": ("year", 1),
        }
    ),
    every_workday=some("on weekdays", "on workdays"),
    workdays=some("weekday", "workday", "working day", "business day"),
    weekend_days=some("weekend"),
    weekly=Phrases({f"on {name}s": number for number, name in enumerate(_WEEKDAYS)}),
    day_of=some(),
    on=some("on", "on the"),
    of_month=some("of the month", "of month"),
    of_every_month=some("of every month", "of each month"),
    both=some("and", "&"),
    starting=some(
        "starting",
        "starting on",
        "starting on the",
        "from the",
        "starting from",
        "beginning",
        "from",
    ),
    until=some("until", "till", "ending", "ending on", "until the"),
    times=some("times"),
    not_before=words(
        "of from the a an since about with to than for until till before after between vs my "
        "your his her our their its last past previous that is was it's i like as per around "
        "every each no not never and or via without yesterday into"
    ),
    connecting=words(
        "about with for at in from to by on because so that if when while re regarding via "
        "before after as then until"
    ),
    alternatives=words("or ago vs"),
    ranges=words("to and through thru until till"),
)
