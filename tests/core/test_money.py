"""Money is exact, in every amount and every language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.money import MICROS, MOST, Money, parse_money

amounts = st.integers(min_value=-MOST, max_value=MOST)


@given(amounts)
def test_what_is_written_down_is_read_back(micros: int) -> None:
    money = Money(micros, "USD")
    assert parse_money(format(money.amount, "f"), "usd") == money


@given(amounts, amounts)
def test_adding_and_taking_away_is_exact(first: int, second: int) -> None:
    assert Money(first, "EUR") + Money(second, "EUR") - Money(second, "EUR") == Money(first, "EUR")


@pytest.mark.parametrize("text", ["", "ten", "1,5", "0.0000001", "NaN", "Infinity", "1e400", "9" * 40, "--1"])
def test_what_is_no_amount_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_money(text, "USD")
    assert refused.value.field == "amount"


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        parse_money("1", "POINTS")
    assert refused.value.field == "currency"


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="add up"):
        Money(1, "USD") + Money(1, "EUR")


@pytest.mark.parametrize(
    ("money", "locale", "spoken"),
    [
        (Money(1_234_500_000, "USD"), "en", "$1,234.50"),
        (Money(500 * MICROS, "JPY"), "en", "¥500"),
        (Money(12_345, "USD"), "en", "$0.012345"),
        (Money(-10 * MICROS, "EUR"), "en", "-€10.00"),
    ],
)
def test_it_is_spoken_as_people_write_it(money: Money, locale: str, spoken: str) -> None:
    assert money.spoken(locale) == spoken
