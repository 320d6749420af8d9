"""German."""

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

_WEEKDAYS = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
_PARTS = {
    "früh": MORNING,
    "morgen": MORNING,
    "vormittag": MORNING,
    "mittag": NOON,
    "nachmittag": AFTERNOON,
    "abend": EVENING,
    "nacht": NIGHT,
}
_PARTS_BEHIND_TIME = {
    "morgens": MORNING,
    "früh": MORNING,
    "vormittags": MORNING,
    "mittags": NOON,
    "nachmittags": AFTERNOON,
    "abends": EVENING,
    "nachts": NIGHT,
}

GERMAN = Language(
    relative_days=Phrases({"heute": 0, "morgen": 1, "übermorgen": 2, "uebermorgen": 2}),
    parts_of_today=Phrases({}),
    weekdays=Phrases(numbered(*_WEEKDAYS) | {"sonnabend": 5}),
    short_weekdays=Phrases({}),
    vague_weekdays=Phrases(numbered("mo", "di", "mi", "do", "fr", "sa", "so")),
    weekdays_with_part=Phrases(
        {
            weekday + part: (number, hour)
            for number, weekday in enumerate(_WEEKDAYS)
            for part, hour in _PARTS.items()
        }
    ),
    weeks_before=Phrases(
        {
            **dict.fromkeys(("diesen", "dieser", "kommenden", "am kommenden"), 0),
            **dict.fromkeys(("nächsten", "naechsten", "am nächsten", "nächste woche"), 1),
        }
    ),
    weeks_behind=Phrases({"nächste woche": 1, "in einer woche": 1}),
    months=Phrases(
        numbered(
            "januar jänner jan",
            "februar feber feb",
            "märz maerz mrz",
            "april apr",
            "mai",
            "juni jun",
            "juli jul",
            "august aug",
            "september sep sept",
            "oktober okt",
            "november nov",
            "dezember dez",
            first=1,
        )
    ),
    month_links=some(),
    months_need_link=some(),
    periods=Phrases(
        {
            **dict.fromkeys(("nächste woche", "naechste woche", "kommende woche"), "week"),
            **dict.fromkeys(("nächsten monat", "naechsten monat", "kommenden monat"), "month"),
            **dict.fromkeys(("nächstes jahr", "naechstes jahr", "kommendes jahr"), "year"),
        }
    ),
    weekends=Phrases(
        {
            **dict.fromkeys(("am wochenende", "dieses wochenende", "kommendes wochenende"), 0),
            **dict.fromkeys(("nächstes wochenende", "am nächsten wochenende"), 1),
        }
    ),
    prefixes=some("am", "bis", "bis zum", "bis am", "fällig", "fällig am", "spätestens"),
    ordinal_prefixes=some("am", "bis zum", "zum", "fällig am"),
    into=some("in"),
    names_before_weekday=words("schwarzer blauer schwarzen blauen"),
    is_loose=True,
    verb_endings=("en", "ern", "eln"),
    at=Phrases({"um": True, "gegen": False, "bis": False, "bis um": True}),
    named_times=Phrases({"mitternacht": 0, "mittag": NOON}),
    oclock=some("uhr"),
    has_points_in_times=True,
    meridiems=Phrases({}),
    half_to=some("halb"),
    fractions=Phrases({}),
    parts=Phrases(
        _PARTS | _PARTS_BEHIND_TIME | {f"am {part}": hour for part, hour in _PARTS.items()}
    ),
    parts_behind_time=Phrases(
        _PARTS_BEHIND_TIME | {f"am {part}": hour for part, hour in _PARTS.items()}
    ),
    during=some("für"),
    units=Phrases(
        {
            **dict.fromkeys(("minute", "minuten", "min"), "minute"),
            **dict.fromkeys(("stunde", "stunden", "std"), "hour"),
            **dict.fromkeys(("tag", "tage", "tagen"), "day"),
            **dict.fromkeys(("woche", "wochen"), "week"),
            **dict.fromkeys(("monat", "monate", "monaten"), "month"),
            **dict.fromkeys(("quartal", "quartale", "quartalen"), "quarter"),
            **dict.fromkeys(("jahr", "jahre", "jahren"), "year"),
        }
    ),
    numbers=Phrases(
        numbered(
            "ein eine einem einer einen",
            *("zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf"),
            "zwölf",
            first=1,
        )
    ),
    ordinals=Phrases(
        {
            **dict.fromkeys(("erster", "ersten", "erste"), 1),
            **dict.fromkeys(("dritten", "dritte"), 3),
            **dict.fromkeys(("vierten", "vierte"), 4),
            **dict.fromkeys(("fünften", "fünfte"), 5),
            **dict.fromkeys(("letzten", "letzte"), LAST),
        }
    ),
    ordinal_ending=r"\.",
    every=Phrases({"jeden": False, "jede": False, "jedes": False, "alle": True}),
    other=some("zweiten", "zweite", "zweites"),
    other_weekdays=some(),
    plural_weekdays=Phrases({f"{weekday}e": number for number, weekday in enumerate(_WEEKDAYS)}),
    adverbs=Phrases(
        {
            "täglich": ("day", 1),
            "wöchentlich": ("week", 1),
            "zweiwöchentlich": ("week", 2),
            "monatlich": ("month", 1),
            "vierteljährlich": ("quarter", 1),
            "quartalsweise": ("quarter", 1),
            "jährlich": ("year", 1),
        }
    ),
    every_workday=some("werktags", "wochentags"),
    workdays=some("werktag", "wochentag", "arbeitstag"),
    weekend_days=some("wochenende"),
    weekly=Phrases({f"{weekday}s": number for number, weekday in enumerate(_WEEKDAYS)}),
    day_of=some(),
    on=some("am"),
    of_month=some("des monats", "im monat"),
    of_every_month=some("jeden monats", "jedes monats", "in jedem monat", "jeden monat"),
    both=some("und", "&"),
    starting=some("ab", "ab dem", "beginnend", "beginnend am"),
    until=some("bis", "bis zum", "bis am"),
    times=some("mal", "male"),
    not_before=words(
        "von vom über für vor nach seit mit der die das dem den des ein eine einen einem einer "
        "mein meine meinen letzten letzter letzte letztes vergangenen vergangene gestern wie "
        "ist war und oder ohne guten jeden jede jedes jeder zwischen zum zur"
    ),
    connecting=words(
        "mit für bei in im an zum zur wegen von vom nach vor um ab auf beim damit weil"
    ),
    alternatives=words("oder"),
    ranges=words("bis und"),
)
