"""What these tests share: small worlds that are run as large ones are, and a page taken apart."""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest

from worthsharing.experiments import execute


class Page(HTMLParser):
    """What a page is made of: its elements, the words outside scripts and styles, and the scripts."""

    def __init__(self, content: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words = ""
        self.within = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.within = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def handle_data(self, data: str) -> None:
        if self.within == "script":
            self.scripts[-1] += data
        elif self.within != "style":
            self.words += f"{data} "

    @property
    def text(self) -> str:
        return " ".join(self.words.split())


@pytest.fixture(scope="session")
def read_page() -> Callable[[str], Page]:
    return Page


@pytest.fixture(scope="session", autouse=True)
def all_worlds_are_large() -> Iterator[None]:
    """Worlds of tests are small; where they ask for threads, they are to get them all the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execute, "SMALL", 0)
        patch.setattr(execute, "SMALL_WITH_POSTS", 0)
        yield
