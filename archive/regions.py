"""Where a platform says that a post was written, and what that place belongs to."""

from __future__ import annotations

import re

ABROAD, OUTSIDE = "海外", "境外"
_BEFORE = re.compile(r"^(?:IP属地|IP|发布于|来自|属地)?\s*[:：]?\s*")
_MAINLAND = frozenset(
    [
        *("北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江"),
        *("上海", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南"),
        *("湖北", "湖南", "广东", "广西", "海南", "重庆", "四川", "贵州"),
        *("云南", "西藏", "陕西", "甘肃", "青海", "宁夏", "新疆"),
    ]
)
_NEAR = ("香港", "澳门", "台湾")
_UNKNOWN = frozenset(["未知", "中国", "保密", ""])


def places(shown: str | None) -> tuple[str, ...]:
    """Give a displayed place and its wider ones: 美国 海外 境外; 香港 境外; 广东.

    境外 is all that lies outside mainland China, 海外 that without Hong Kong, Macao and Taiwan.
    """
    place = _BEFORE.sub("", (shown or "").strip())
    if place in _UNKNOWN:
        return ()
    within = place.removeprefix("中国").strip()
    near = next((name for name in _NEAR if within.startswith(name)), None)
    if near:
        return (near, OUTSIDE)
    province = next((name for name in sorted(_MAINLAND) if within.startswith(name)), None)
    if province:
        return (province,)
    if place.startswith("中国"):
        return (within,)
    return tuple(dict.fromkeys((place, OUTSIDE) if place == OUTSIDE else (place, ABROAD, OUTSIDE)))
