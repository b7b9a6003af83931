"""The platforms an app can live on, and how each of them names an app."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import idna

from app.core.errors import Invalid

REVERSED_DOMAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9][A-Za-z0-9-]*)+", re.ASCII)
ANDROID_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+", re.ASCII)
WINDOWS_FAMILY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{1,48}[A-Za-z0-9]_[a-hj-km-np-tv-z0-9]{13}", re.ASCII)
WINDOWS_PRODUCT = re.compile(r"[A-Za-z0-9]{12}", re.ASCII)
STEAM_ID = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
EPIC_ID = re.compile(r"[0-9a-f]{32}|[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
STEAM_LAST = 2**32 - 1
DOMAIN_LENGTH = 253
IDENTIFIER_LENGTH = 255


@dataclass(frozen=True)
class Platform:
    """A platform as it is spoken of, what it calls an app's identifier, and how one looks."""

    value: str
    label: str
    identifier_name: str
    example: str
    where: str
    normal: Callable[[str], str | None]

    @property
    def identifier_label(self) -> str:
        return self.identifier_name[0].upper() + self.identifier_name[1:]

    def identifier(self, text: str) -> str:
        """The identifier in its one normal form, or an error that shows how one looks."""
        found = self.normal(text.strip()) if len(text) <= IDENTIFIER_LENGTH else None
        if found is None:
            raise Invalid(
                "identifier_not_valid",
                f"This is not a {self.identifier_name}, which looks like {self.example}. {self.where}",
                field="identifier",
            )
        return found


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    return lambda text: text if pattern.fullmatch(text) else None


def _windows(text: str) -> str | None:
    if WINDOWS_PRODUCT.fullmatch(text):
        return text.upper()
    return text if WINDOWS_FAMILY.fullmatch(text) else None


def _steam(text: str) -> str | None:
    return text if STEAM_ID.fullmatch(text) and int(text) <= STEAM_LAST else None


def _epic(text: str) -> str | None:
    return text.lower() if EPIC_ID.fullmatch(text.lower()) else None


def normal_domain(text: str) -> str | None:
    """A domain as browsers write it: lower case, punycode, at least two labels, no address of a machine."""
    try:
        domain = idna.encode(text.rstrip("."), uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None
    *others, last = domain.split(".")
    return domain if others and not last.isdecimal() and len(domain) <= DOMAIN_LENGTH else None


PLATFORMS = {
    platform.value: platform
    for platform in (
        Platform(
            "ios",
            "iOS",
            "bundle ID",
            "com.example.tidepool",
            "Xcode shows it under Signing & Capabilities.",
            _matching(REVERSED_DOMAIN),
        ),
        Platform(
            "android",
            "Android",
            "package name",
            "com.example.tidepool",
            "It is the applicationId in build.gradle.",
            _matching(ANDROID_PACKAGE),
        ),
        Platform(
            "windows",
            "Windows",
            "package family name or product ID",
            "Example.Tidepool_8wekyb3d8bbwe or 9NBLGGH4NNS1",
            "Partner Center shows both under Product identity.",
            _windows,
        ),
        Platform(
            "macos",
            "MacOS",
            "bundle ID",
            "com.example.tidepool",
            "Xcode shows it under Signing & Capabilities.",
            _matching(REVERSED_DOMAIN),
        ),
        Platform(
            "steam",
            "Steam",
            "Steam app ID",
            "480",
            "It is the number in the address of the store page.",
            _steam,
        ),
        Platform(
            "epic",
            "Epic",
            "Epic product ID",
            "tidepool-3f9a1c or 32 hexadecimal digits",
            "The Developer Portal shows it under Product Settings.",
            _epic,
        ),
        Platform(
            "web",
            "Web",
            "domain",
            "tidepool.example",
            "Write it without https:// and without a path.",
            normal_domain,
        ),
    )
}
LABELS = [platform.label for platform in PLATFORMS.values()]


def platform_named(label: str) -> Platform:
    """The platform of this label, in whatever case it is written."""
    found = PLATFORMS.get(label.lower())
    if found is None:
        raise Invalid("not_valid", f"platform must be one of {', '.join(LABELS)}.", field="platform")
    return found


def made_up_identifier(platform: str, name: str) -> str:
    """A valid identifier for an app that has none yet: the same for the same name."""
    number = crc32(name.encode()) or 1
    word = re.sub(r"[^a-z0-9]+", "", name.lower())[:40]
    if not word[:1].isalpha():
        word = f"app{word or number}"
    special = {"windows": f"{number:012X}", "steam": str(number), "epic": word, "web": f"{word}.example"}
    return special.get(platform, f"com.example.{word}")
