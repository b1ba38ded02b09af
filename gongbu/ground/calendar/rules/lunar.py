"""Lunar festivals and 清明 by computation (农历推算), for years whose official arrangement is not published yet.

The almanac is GB/T 33661-2017: months begin on the day of the new moon (朔) in UTC+8, the month of the winter
solstice is the eleventh, and of thirteen months between two solstices the first without a 中气 is the leap month.
The moments come from the truncated series of Meeus, Astronomical Algorithms (chapters 25 and 49): the sun is good to
about fifteen minutes of time, the new moon to about one minute. A moment closer to midnight than that could fall on the
other day; :func:`compute_festivals` is compared with an ephemeris for 1990 to 2100 before it is trusted, and whatever
rests on it is shown as provisional (暂定) anyway.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

_UTC8 = 8.0 / 24.0
_JDE_OF_ORDINAL_ZERO = 1721424.5  # Julian date of midnight UTC at date.fromordinal(0)


@dataclass(frozen=True, slots=True)
class Festivals:
    """The festivals of one Gregorian year that have no fixed solar date."""

    spring: date  # 正月初一
    tomb_sweeping: date  # 清明 (solar term, 15° of longitude)
    dragon_boat: date  # 五月初五
    mid_autumn: date  # 八月十五


def _delta_t_days(year: float) -> float:
    """Return TT − UT in days (polynomial of Espenak and Meeus for 2005–2050, kept outside it; a minute is enough)."""
    t = year - 2000
    return (62.92 + 0.32217 * t + 0.005589 * t * t) / 86400


def _day_in_beijing(jde: float) -> date:
    year = 2000 + (jde - 2451545.0) / 365.25
    return date.fromordinal(math.floor(jde - _delta_t_days(year) + _UTC8 - _JDE_OF_ORDINAL_ZERO))


def _sun_longitude(jde: float) -> float:
    """Return the apparent longitude of the sun in degrees (Meeus chapter 25)."""
    t = (jde - 2451545.0) / 36525
    mean = 280.46646 + 36000.76983 * t + 0.0003032 * t * t
    anomaly = math.radians(357.52911 + 35999.05029 * t - 0.0001537 * t * t)
    centre = (
        (1.914602 - 0.004817 * t - 0.000014 * t * t) * math.sin(anomaly)
        + (0.019993 - 0.000101 * t) * math.sin(2 * anomaly)
        + 0.000289 * math.sin(3 * anomaly)
    )
    node = math.radians(125.04 - 1934.136 * t)
    return (mean + centre - 0.00569 - 0.00478 * math.sin(node)) % 360


def _solar_term(year: int, degrees: int) -> date:
    """Return the Beijing day on which the sun reaches ``degrees`` in the given Gregorian year (not near 1 January)."""
    jde = 2451545.0 + (year - 2000) * 365.2422 + ((degrees - 280.46) % 360) / 360 * 365.2422
    for _ in range(6):
        jde += ((degrees - _sun_longitude(jde) + 180) % 360 - 180) / 360 * 365.2422
    return _day_in_beijing(jde)


# Periodic terms of the new moon: (days, power of E, multiples of M, M', F, Ω). Meeus chapter 49.
_TERMS = (
    (-0.40720, 0, 0, 1, 0, 0), (0.17241, 1, 1, 0, 0, 0), (0.01608, 0, 0, 2, 0, 0), (0.01039, 0, 0, 0, 2, 0),
    (0.00739, 1, -1, 1, 0, 0), (-0.00514, 1, 1, 1, 0, 0), (0.00208, 2, 2, 0, 0, 0), (-0.00111, 0, 0, 1, -2, 0),
    (-0.00057, 0, 0, 1, 2, 0), (0.00056, 1, 1, 2, 0, 0), (-0.00042, 0, 0, 3, 0, 0), (0.00042, 1, 1, 0, 2, 0),
    (0.00038, 1, 1, 0, -2, 0), (-0.00024, 1, -1, 2, 0, 0), (-0.00017, 0, 0, 0, 0, 1), (-0.00007, 0, 2, 1, 0, 0),
    (0.00004, 0, 0, 2, -2, 0), (0.00004, 0, 3, 0, 0, 0), (0.00003, 0, 1, 1, -2, 0), (0.00003, 0, 0, 2, 2, 0),
    (-0.00003, 0, 1, 1, 2, 0), (0.00003, 0, -1, 1, 2, 0), (-0.00002, 0, -1, 1, -2, 0), (-0.00002, 0, 1, 3, 0, 0),
    (0.00002, 0, 0, 4, 0, 0),
)  # fmt: skip
_PLANETS = (
    (325, 299.77, 0.107408), (165, 251.88, 0.016321), (164, 251.83, 26.651886), (126, 349.42, 36.412478),
    (110, 84.66, 18.206239), (62, 141.74, 53.303771), (60, 207.14, 2.453732), (56, 154.84, 7.306860),
    (47, 34.52, 27.261239), (42, 207.19, 0.121824), (40, 291.34, 1.844379), (37, 161.72, 24.198154),
    (35, 239.56, 25.513099), (23, 331.55, 3.592518),
)  # fmt: skip


@lru_cache(maxsize=4096)
def _new_moon(k: int) -> date:
    """Return the Beijing day of the ``k``-th new moon after 2000-01-06."""
    t = k / 1236.85
    t2, t3, t4 = t * t, t**3, t**4
    jde = 2451550.09766 + 29.530588861 * k + 0.00015437 * t2 - 0.00000015 * t3 + 0.00000000073 * t4
    e = 1 - 0.002516 * t - 0.0000074 * t2
    sun = math.radians(2.5534 + 29.10535670 * k - 0.0000014 * t2 - 0.00000011 * t3)
    moon = math.radians(201.5643 + 385.81693528 * k + 0.0107582 * t2 + 0.00001238 * t3 - 0.000000058 * t4)
    latitude = math.radians(160.7108 + 390.67050284 * k - 0.0016118 * t2 - 0.00000227 * t3 + 0.000000011 * t4)
    node = math.radians(124.7746 - 1.56375588 * k + 0.0020672 * t2 + 0.00000215 * t3)
    for days, power, a, b, c, d in _TERMS:
        jde += days * e**power * math.sin(a * sun + b * moon + c * latitude + d * node)
    for amount, phase, rate in _PLANETS:
        jde += amount * 1e-6 * math.sin(math.radians(phase + rate * k - (0.009173 * t2 if phase == 299.77 else 0)))
    return _day_in_beijing(jde)


def _new_moon_on_or_before(day: date) -> int:
    k = round((day - date(2000, 1, 6)).days / 29.530588861) + 1
    while _new_moon(k) > day:
        k -= 1
    return k


@lru_cache(maxsize=512)
def compute_festivals(year: int) -> Festivals:
    """Return the movable festivals of a Gregorian year between 1900 and 2200.

    :raises ValueError: the year is outside the range the series are good for
    """
    if not 1900 <= year <= 2200:
        raise ValueError(f"lunar festivals are computed for 1900–2200, not {year}")
    before = _new_moon_on_or_before(_solar_term(year - 1, 270))  # first day of the eleventh month
    after = _new_moon_on_or_before(_solar_term(year, 270))
    leap = None
    if after - before == 13:
        leap = next(k for k in range(before + 1, after) if not _holds_major_term(k))
    starts: dict[int, date] = {}
    month = 11
    for k in range(before, after):
        if k != leap:
            starts[month] = _new_moon(k)
            month = month % 12 + 1
    return Festivals(
        spring=starts[1],
        tomb_sweeping=_solar_term(year, 15),
        dragon_boat=starts[5] + timedelta(days=4),
        mid_autumn=starts[8] + timedelta(days=14),
    )


def _holds_major_term(k: int) -> bool:
    """Return whether a 中气 (a multiple of 30° of solar longitude) falls within lunar month ``k``."""
    first, following = _new_moon(k), _new_moon(k + 1)
    degrees = math.ceil(_sun_longitude_at_midnight(first) / 30 - 1e-9) * 30 % 360
    reached = _sun_longitude_at_midnight(following)
    start = _sun_longitude_at_midnight(first)
    return (degrees - start) % 360 < (reached - start) % 360


def _sun_longitude_at_midnight(day: date) -> float:
    return _sun_longitude(day.toordinal() + _JDE_OF_ORDINAL_ZERO - _UTC8 + _delta_t_days(day.year))
