"""Who plays: made-up people with a device, a home, and a way of coming back."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

FIRST_NAMES = (
    *(
        "Ada",
        "Amara",
        "Ana",
        "Anouk",
        "Bao",
        "Beatriz",
        "Bilal",
        "Carla",
        "Chidi",
        "Clara",
        "Dario",
        "Dilnoza",
        "Duarte",
    ),
    *("Eero", "Elif", "Emeka", "Esra", "Farah", "Felix", "Freya", "Gita", "Hana", "Haruto", "Hugo", "Ida", "Imani"),
    *("Ingrid", "Ivo", "Jana", "Jonas", "Joao", "Kaito", "Katya", "Kofi", "Lara", "Leila", "Lior", "Luca", "Mai"),
    *("Malik", "Marta", "Mila", "Nadia", "Nils", "Noor", "Olu", "Oskar", "Paula", "Priya", "Rafael", "Rania", "Rui"),
    *("Sana", "Santiago", "Selin", "Signe", "Sofia", "Tariq", "Teo", "Thandi", "Tomas", "Uma", "Vera", "Wei", "Yara"),
    *("Yusuf", "Zoe", "Zeynep", "ليلى", "さくら", "Мила", "지우"),
)
LAST_NAMES = (
    *("Abreu", "Adeyemi", "Ahlberg", "Aksoy", "Almeida", "Andersen", "Banerjee", "Bauer", "Berg", "Castro", "Chen"),
    *("Costa", "Dahl", "Demir", "Diallo", "Dupont", "Eklund", "Falk", "Ferreira", "Fischer", "Fontaine", "Garcia"),
    *("Haddad", "Hansen", "Horvat", "Ishikawa", "Jansen", "Kaya", "Kim", "Kovac", "Kowalski", "Kruger", "Lindqvist"),
    *("Lopes", "Mahmoud", "Marino", "Martins", "Mbeki", "Mendes", "Moreau", "Nakamura", "Ndiaye", "Nguyen", "Novak"),
    *("Okafor", "Oliveira", "Park", "Patel", "Pereira", "Petrov", "Ramos", "Rossi", "Sato", "Silva", "Singh", "Sousa"),
    *("Tanaka", "Teixeira", "Usman", "Vargas", "Weber", "Yilmaz", "Zhou"),
)
# Country, locale, how many of a hundred, and how far its evening lies from Lisbon's.
HOMES = (
    *(("PT", "pt-PT", 26, 0), ("BR", "pt-BR", 17, 3), ("ES", "es-ES", 11, -1), ("DE", "de-DE", 10, -1)),
    *(
        ("FR", "fr-FR", 8, -1),
        ("GB", "en-GB", 8, 0),
        ("US", "en-US", 9, 6),
        ("JP", "ja-JP", 4, -9),
        ("NG", "en-NG", 4, 0),
    ),
    *(("TR", "tr-TR", 3, -3),),
)
# How long somebody keeps coming: casual, regular, devoted; of a hundred, days of half-life, sessions a day at first.
WAYS = ((56, 2.5, 0.8), (32, 9.0, 0.8), (12, 55.0, 1.1))
# The day of the Android launch, counted back from today, and how it ebbs away.
LAUNCH, EBB = 34, 3.0
TWO_DEVICES = 0.09
NEVER_SIGNS_UP = {"ios": 0.12, "android": 0.15, "web": 0.5}


@dataclass(frozen=True)
class Player:
    """Somebody who plays, from their first day on."""

    number: int
    app: str
    name: str
    email: str
    country: str
    locale: str
    shift: timedelta
    # Days ago, 0 being today.
    joined: int
    half_life: float
    eagerness: float
    signs_up: bool
    # A second phone, or a browser at work, that is used before it is known whose it is.
    has_second_device: bool
    came_by_launch: bool

    @property
    def user_id(self) -> str:
        return f"player-{10_000 + self.number}"

    def device(self, second: bool = False) -> str:
        return f"{self.app[:3]}-{(self.number * 2654435761 + (7 if second else 0)) % 2**48:012x}"


def make_cast(seed: int, people: int, days: int) -> list[Player]:
    """As many people as are wanted, more of them every week, and a crowd at the launch."""
    rng = Random(seed)  # noqa: S311 - a demo is the same each time.
    arrivals = [1.0 + 1.6 * (days - ago) / days for ago in range(days)]
    for ago in range(LAUNCH + 1):
        arrivals[ago] += 13.0 * 0.5 ** ((LAUNCH - ago) / EBB)
    joined = sorted(rng.choices(range(days), arrivals, k=people), reverse=True)
    return [_player(rng, number, ago) for number, ago in enumerate(joined)]


def _player(rng: Random, number: int, joined: int) -> Player:
    country, locale, _, shift = rng.choices(HOMES, [home[2] for home in HOMES])[0]
    _, half_life, eagerness = rng.choices(WAYS, [way[0] for way in WAYS])[0]
    by_launch = joined <= LAUNCH and rng.random() < 0.75 * 0.5 ** ((LAUNCH - joined) / EBB)
    # Before its launch, Android was a closed test.
    shares = {"ios": 45, "android": 4 if joined > LAUNCH else 30, "web": 25}
    app = "android" if by_launch else rng.choices(list(shares), list(shares.values()))[0]
    name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
    local = "".join(letter for letter in name.lower().replace(" ", ".") if letter.isascii()).strip(".")
    return Player(
        number=number,
        app=app,
        name=name,
        email=f"{local}{number}@example.{rng.choice(('org', 'com'))}",
        country=country,
        locale=locale,
        shift=timedelta(hours=shift),
        joined=joined,
        half_life=half_life,
        eagerness=eagerness,
        signs_up=rng.random() > NEVER_SIGNS_UP[app],
        has_second_device=rng.random() < TWO_DEVICES,
        came_by_launch=by_launch,
    )
