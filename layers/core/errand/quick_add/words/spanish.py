"""Spanish."""

from errand.quick_add.words.language import (
    AFTERNOON,
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

_WEEKDAYS = numbered("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_PLURALS = numbered("lunes", "martes", "miércoles", "jueves", "viernes", "sábados", "domingos")
_PARTS_BEHIND_TIME = {
    "de la mañana": MORNING,
    "de la tarde": AFTERNOON,
    "de la noche": NIGHT,
    "del mediodía": NOON,
}

SPANISH = Language(
    relative_days=Phrases({"hoy": 0, "mañana": 1, "pasado mañana": 2}),
    parts_of_today=Phrases({"esta mañana": MORNING, "esta tarde": AFTERNOON, "esta noche": NIGHT}),
    weekdays=Phrases(_WEEKDAYS),
    short_weekdays=Phrases({}),
    # Without "mar", the sea.
    vague_weekdays=Phrases({"lun": 0, "mié": 2, "jue": 3, "vie": 4, "sáb": 5, "dom": 6}),
    weekdays_with_part=Phrases({}),
    weeks_before=Phrases(
        dict.fromkeys(("próximo", "el próximo", "para el próximo", "este", "para este"), 0)
    ),
    weeks_behind=Phrases({"que viene": 0, "próximo": 0}),
    months=Phrases(
        numbered(
            "enero ene",
            "febrero feb",
            "marzo mar",
            "abril abr",
            "mayo may",
            "junio jun",
            "julio jul",
            "agosto ago",
            "septiembre setiembre sep sept",
            "octubre oct",
            "noviembre nov",
            "diciembre dic",
            first=1,
        )
    ),
    month_links=some("de", "del"),
    months_need_link=some("mayo", "mar", "may", "ago"),
    periods=Phrases(
        {
            f"{before}{name}": unit
            for before in ("", "para ")
            for unit, names in {
                "week": ("la próxima semana", "próxima semana", "la semana que viene"),
                "month": ("el próximo mes", "próximo mes", "el mes que viene"),
                "year": ("el próximo año", "próximo año", "el año que viene"),
            }.items()
            for name in names
        }
    ),
    weekends=Phrases(
        {
            "este fin de semana": 0,
            "el fin de semana": 0,
            "el próximo fin de semana": 1,
            "el fin de semana que viene": 1,
        }
    ),
    prefixes=some("el", "para", "para el", "el día", "para el día"),
    ordinal_prefixes=some("el día", "para el día"),
    into=some("en", "dentro de"),
    names_before_weekday=words(""),
    small_weekdays=True,
    is_loose=True,
    at=Phrases({"a las": True, "a la": True, "para las": True, "a": False, "al": False}),
    named_times=Phrases({"mediodía": NOON, "medianoche": 0}),
    oclock=some(),
    meridiems=Phrases({"am": 0, "a.m": 0, "pm": 12, "p.m": 12}),
    half_to=some(),
    fractions=Phrases({"y media": 30, "y cuarto": 15, "menos cuarto": -15, "horas": 0, "h": 0}),
    parts=Phrases(
        {
            "por la mañana": MORNING,
            "por la tarde": AFTERNOON,
            "por la noche": NIGHT,
            "mañana": MORNING,
            "tarde": AFTERNOON,
            "noche": NIGHT,
            "mañanas": MORNING,
            "tardes": AFTERNOON,
            "noches": NIGHT,
            "al mediodía": NOON,
            "a mediodía": NOON,
        }
    ),
    parts_behind_time=Phrases(_PARTS_BEHIND_TIME),
    during=some("durante", "por"),
    units=Phrases(
        {
            **dict.fromkeys(("minuto", "minutos", "min"), "minute"),
            **dict.fromkeys(("hora", "horas"), "hour"),
            **dict.fromkeys(("día", "días"), "day"),
            **dict.fromkeys(("semana", "semanas"), "week"),
            **dict.fromkeys(("mes", "meses"), "month"),
            **dict.fromkeys(("trimestre", "trimestres"), "quarter"),
            **dict.fromkeys(("año", "años"), "year"),
        }
    ),
    numbers=Phrases(
        numbered(
            "un una uno",
            *("dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once"),
            "doce",
            first=1,
        )
    ),
    ordinals=Phrases(
        {
            **dict.fromkeys(("primer", "primero", "primera"), 1),
            **dict.fromkeys(("segundo", "segunda"), 2),
            **dict.fromkeys(("tercer", "tercero", "tercera"), 3),
            **dict.fromkeys(("cuarto", "cuarta"), 4),
            **dict.fromkeys(("último", "última"), LAST),
        }
    ),
    ordinal_ending="º|°|ª",
    has_bare_ordinals=True,
    every=Phrases({"cada": False, "todos los": False, "todas las": False}),
    other=some(),
    other_weekdays=some(),
    plural_weekdays=Phrases(_PLURALS),
    adverbs=Phrases(
        {
            "diariamente": ("day", 1),
            "a diario": ("day", 1),
            "semanalmente": ("week", 1),
            "mensualmente": ("month", 1),
            "trimestralmente": ("quarter", 1),
            "anualmente": ("year", 1),
        }
    ),
    every_workday=some("entre semana"),
    workdays=some("día laborable", "días laborables", "día hábil", "días hábiles"),
    weekend_days=some("fin de semana", "fines de semana"),
    weekly=Phrases({f"los {name}": number for name, number in _PLURALS.items()}),
    day_of=some("día"),
    on=some("el", "el día", "los"),
    of_month=some("del mes", "de mes"),
    of_every_month=some("de cada mes", "de todos los meses"),
    both=some("y", "e"),
    starting=some("a partir de", "a partir del", "desde", "desde el", "empezando", "empezando el"),
    until=some("hasta", "hasta el"),
    times=some("veces"),
    not_before=words(
        "de del la las los un una desde con que mi tu su antes después sobre sin y o e es era "
        "hace ayer ningún cada al lo hasta durante entre"
    ),
    connecting=words("con durante para por a al en sobre sin de desde porque si"),
    alternatives=words("o u pasado pasada siguiente santo negro"),
    ranges=words("a al y hasta"),
)
