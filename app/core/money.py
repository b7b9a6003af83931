"""Money as whole millionths of a currency; floats never touch it."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from babel.numbers import format_currency, get_currency_precision, is_currency

from app.core.errors import Invalid

MICROS = 1_000_000
MOST = 2**63 - 1


@dataclass(frozen=True, order=True)
class Money:
    micros: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.micros + other.micros, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.micros - other.micros, self.currency)

    @property
    def amount(self) -> Decimal:
        return Decimal(self.micros) / MICROS

    def spoken(self, locale: str = "en") -> str:
        """As people of this language write it, with every digit that counts."""
        places = max(get_currency_precision(self.currency), -int(self.amount.normalize().as_tuple().exponent))
        pattern = "¤#,##0." + "0" * places if places else "¤#,##0"
        return str(format_currency(self.amount, self.currency, pattern, locale=locale, currency_digits=False))

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up.")


def parse_money(text: str, currency: str) -> Money:
    """What somebody wrote, exactly; refuses what a millionth cannot hold."""
    code = currency.strip().upper()
    if not is_currency(code):
        raise Invalid("unknown_currency", "This is no currency. Use its three letters, such as USD.", field="currency")
    try:
        micros = Decimal(text.strip()) * MICROS
    except InvalidOperation:
        micros = Decimal("NaN")
    if not micros.is_finite() or micros != micros.to_integral_value() or abs(micros) > MOST:
        raise Invalid("not_an_amount", "Write an amount such as 12.50, with at most six decimals.", field="amount")
    return Money(int(micros), code)
