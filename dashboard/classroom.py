"""A class without accounts: a code that all of it shares, and the forecasts that were given under it, without names."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field

import diskcache

from worthsharing.dashboard.controls import MOST_SEED
from worthsharing.experiments.forecasts import Forecast
from worthsharing.sim.errors import InputError

ALONE = ""  # code of whoever learns without a class
KEPT_DAYS = 180.0
MOST_FORECASTS = 2000  # of one lesson in one class: more is no class
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
_STUDENT = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Classroom:
    """A class that is being taught.

    code: what all of it shares; key: what opens the page of whoever teaches it, made anew at each start
    address: what students open, where it is known
    """

    code: str = ALONE
    key: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    address: str = ""

    def __post_init__(self) -> None:
        if self.code != ALONE and not _CODE.fullmatch(self.code):
            right = "1 to 32 letters, digits and hyphens, such as marketing-2"
            raise InputError("--class", f"'{self.code[:40]}' cannot be a code", right)

    @property
    def alone(self) -> bool:
        """Whether this is no class, but one person who learns."""
        return self.code == ALONE

    def is_lecturer(self, key: str) -> bool:
        """Whether a key opens the lecturer's page; where there is no class it is open."""
        return self.alone or secrets.compare_digest(key.encode(), self.key.encode())

    @property
    def seed(self) -> int:
        """Seed of the worlds in which the truth is found: one for all of the class, so that all meet the same truth."""
        return 1 if self.alone else _seed_of(f"class {self.code}")

    def seed_of(self, student: str) -> int:
        """Seed of the one world that is a student's own."""
        return _seed_of(f"student {self.code} {student}")


def is_student(student: object) -> bool:
    """Whether something can be the number that a browser drew for itself."""
    return isinstance(student, str) and _STUDENT.fullmatch(student) is not None


def give(
    cache: diskcache.Cache, classroom: Classroom, lesson: str, student: str, forecast: Forecast
) -> Forecast:
    """Keep a student's forecast; who gave one before keeps that one. Returns what counts."""
    key = _key(classroom, lesson, student)
    with cache.transact():
        given = forecasts_of(cache, classroom, lesson, student)
        if student in given:
            return given[student]
        if len(given) >= MOST_FORECASTS:
            raise InputError("Forecast", "so many were given that no more are taken", "another class code")
        given[student] = forecast
        cache.set(key, {one: tuple(kept) for one, kept in given.items()}, expire=86_400 * KEPT_DAYS)
    return forecast


def forecasts_of(
    cache: diskcache.Cache, classroom: Classroom, lesson: str, student: str = ""
) -> dict[str, Forecast]:
    """Forecasts by the numbers of students: all of a class; without a class only those of that student."""
    kept = cache.get(_key(classroom, lesson, student)) or {}
    return {one: Forecast(*values) for one, values in kept.items()}


def _key(classroom: Classroom, lesson: str, student: str) -> str:
    return (
        f"lessons/{lesson}/class/{classroom.code}"
        if not classroom.alone
        else f"lessons/{lesson}/alone/{student}"
    )


def _seed_of(text: str) -> int:
    """Whole number that follows from a text, and that a browser knows exactly."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % MOST_SEED
