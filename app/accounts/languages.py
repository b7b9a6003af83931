"""In whose way dates and numbers can be written."""

from functools import cache

from babel import Locale

from app.core.moments import example

# One for each way of writing that somebody who builds apps is likely to be used to.
CODES = """
    en en_US en_GB en_AU en_CA en_IN en_ZA ar bg bn ca cs da de de_AT de_CH el es es_AR es_MX et fa fi fil fr fr_CA
    fr_CH he hi hr hu id it ja ko lt lv ms nb nl nl_BE pl pt pt_BR ro ru sk sl sr sv th tr uk ur vi zh_Hans zh_Hant
"""


@cache
def languages() -> list[tuple[str, str]]:
    """Codes and their names, each in its own language and with an example."""
    named = [(code, str(Locale.parse(code).get_display_name())) for code in CODES.split()]
    told = [(code, f"{name[0].upper()}{name[1:]}: {example(code)}") for code, name in named]
    return sorted(told, key=lambda pair: pair[1].casefold())
