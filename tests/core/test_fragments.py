"""What was drawn for one key is never shown for another, and the store stays bounded."""

from app.core import fragments
from app.core.fragments import remembered


def test_it_is_drawn_once_for_each_key() -> None:
    drawn: list[str] = []

    def draw(text: str) -> str:
        drawn.append(text)
        return text

    assert [remembered("t", key, lambda key=key: draw(str(key))) for key in (1, 2, 1)] == ["1", "2", "1"]
    assert drawn == ["1", "2"]


def test_without_a_key_it_is_drawn_anew() -> None:
    texts = iter(("first", "second"))
    assert [remembered("u", None, lambda: next(texts)) for _ in range(2)] == ["first", "second"]


def test_pieces_of_other_names_are_apart() -> None:
    assert remembered("rail", 1, lambda: "rail") != remembered("bars", 1, lambda: "bars")


def test_the_store_is_bounded() -> None:
    for number in range(fragments.MOST + 10):
        remembered("many", number, lambda: "x")
    assert len(fragments._kept) <= fragments.MOST
