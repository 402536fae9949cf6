"""The provinces and cities that a search of s.weibo.com narrows to, and who is where."""

from __future__ import annotations

from crawler.sandbox.shapes.cast import dice
from crawler.sandbox.world import Person

_ALL = "1000"  # every city of a province
_CITIES = (1, 3, 5)  # numbers that each of the provinces below has
_PROVINCES = {
    "北京": "11",
    "辽宁": "21",
    "江苏": "32",
    "浙江": "33",
    "福建": "35",
    "山东": "37",
    "河南": "41",
    "湖北": "42",
    "广东": "44",
    "四川": "51",
    "海外": "400",
}


def inside(person: Person, region: str) -> bool:
    """Say whether an account is in ``custom:PROVINCE:CITY``; everyone is in an empty region."""
    if not region:
        return True
    _, province, city = (*region.split(":"), "", "")[:3]
    if _PROVINCES.get(person.ip_location) != province:
        return False
    return city in ("", _ALL, str(_CITIES[dice(person.id, len(_CITIES))]))
