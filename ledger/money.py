"""Money: whole minor units of one ISO 4217 currency, never a fraction or a float."""

from __future__ import annotations

from dataclasses import dataclass

_TWO = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
    "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD "
    "KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN "
    "NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG "
    "SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH "
    "USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"

EXPONENTS: dict[str, int] = (
    dict.fromkeys(_TWO.split(), 2)
    | dict.fromkeys(_NONE.split(), 0)
    | dict.fromkeys(_THREE.split(), 3)
)
"""Digits after the decimal point, by ISO 4217 code of a currency one can pay in."""

BASIS_POINTS = 10_000
"""Basis points in a whole: 2,000 of them are 20 %."""


@dataclass(frozen=True, slots=True)
class Money:
    """A whole number of minor units (cents, yen) of a currency; may be negative."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        assert type(self.minor) is int, f"{self.minor!r} is no whole number"
        assert self.currency in EXPONENTS, f"{self.currency!r} is no ISO 4217 code"

    def __add__(self, other: Money) -> Money:
        assert self.currency == other.currency, f"{self} and {other} do not add up"
        return Money(self.minor + other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + -other

    def __str__(self) -> str:
        """The amount in major units with a point, then the code: `-12.05 EUR`."""
        exponent = EXPONENTS[self.currency]
        whole, part = divmod(abs(self.minor), 10**exponent)
        sign = "-" if self.minor < 0 else ""
        digits = f".{part:0{exponent}d}" if exponent else ""
        return f"{sign}{whole}{digits} {self.currency}"


def tax_minor(net_minor: int, basis_points: int) -> int:
    """The tax on a net amount, in minor units; a half is rounded away from zero."""
    assert type(net_minor) is int
    assert type(basis_points) is int
    tax = (abs(net_minor) * basis_points + BASIS_POINTS // 2) // BASIS_POINTS
    return tax if net_minor >= 0 else -tax


def tax_within(total_minor: int, basis_points: int) -> int:
    """The tax that a total contains, in minor units; a half is rounded up."""
    assert total_minor >= 0
    whole = BASIS_POINTS + basis_points
    return (2 * total_minor * basis_points + whole) // (2 * whole)
