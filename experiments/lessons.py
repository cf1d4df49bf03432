"""Four guided lessons: what is claimed, what is to be forecast, and the truth, which comes from runs."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import pydantic

from worthsharing.experiments.claims import ESSAYS
from worthsharing.experiments.compare import difference_of
from worthsharing.experiments.execute import Results
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.scenario import Scenario, load_scenario


class Lesson(pydantic.BaseModel):
    """One lesson.

    a, b: bundled scenarios; measure, scale: what is forecast is that measure of b minus that of a, times `scale`
    low, high: what may be forecast
    notes: for whoever teaches it
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    id: str = pydantic.Field(pattern=r"^[a-z-]+$")
    essay: str
    title: str
    claim: str
    story: tuple[str, ...]
    a: str
    b: str
    measure: str
    scale: float
    ask: str
    unit: str
    low: float
    high: float
    reading: str
    questions: tuple[str, str, str]
    notes: tuple[str, ...]

    @property
    def essay_title(self) -> str:
        """Title of the essay that makes the claim."""
        return ESSAYS[self.essay]


@dataclass(frozen=True, eq=False)
class Truth:
    """What the runs say of a lesson: the mean difference over worlds with its 95 % interval, and that of each world.

    mean_a, mean_b, value, low, high, worlds: in the unit of the lesson; worlds has shape (worlds,)
    """

    mean_a: float
    mean_b: float
    value: float
    low: float
    high: float
    worlds: np.ndarray


def load_lessons() -> dict[str, Lesson]:
    """Lessons that come with the project, by their id, in the order of the essays."""
    text = files("worthsharing.experiments").joinpath("lessons.toml").read_text(encoding="utf-8")
    found = [Lesson.model_validate(one) for one in tomllib.loads(text)["lessons"]]
    return {lesson.id: lesson for lesson in found}


def scenarios_of(lesson: Lesson) -> dict[str, Scenario]:
    """Both scenarios of a lesson, as they come."""
    return {name: load_scenario(name).scenario for name in (lesson.a, lesson.b)}


def truth_of(lesson: Lesson, results: Results) -> Truth:
    """What some runs of both scenarios say of a lesson."""
    a, b = (lesson.scale * results.values(name, lesson.measure) for name in (lesson.a, lesson.b))
    found = difference_of(lesson.measure, lesson.a, lesson.b, a, b)
    return Truth(
        found.mean_a, found.mean_b, found.difference, found.low, found.high, (b - a)[np.isfinite(b - a)]
    )


def label_of(lesson: Lesson) -> str:
    """Name of what is forecast."""
    return MEASURES[lesson.measure].label
