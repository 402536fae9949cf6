"""The closed vocabularies: intents, goods, inputs, contacts, page states, extents."""

from __future__ import annotations

from enum import StrEnum


class Intent(StrEnum):
    """What the writer wants; exactly one a post."""

    SELL = "sell"
    BUY = "buy"
    RECRUIT = "recruit"
    TUTORIAL = "tutorial"
    DISCUSS = "discuss"
    OTHER_AD = "other_ad"
    BENIGN = "benign"


ACTIONABLE = (Intent.SELL, Intent.BUY, Intent.RECRUIT, Intent.TUTORIAL)


class Goods(StrEnum):
    """What is traded; any number a post, none unless the intent is actionable."""

    MEDICAL_RECORD = "medical_record"
    MEDICAL_INSURANCE = "medical_insurance"
    SOCIAL_SECURITY = "social_security"
    MATERNITY = "maternity"
    HOUSEHOLD_ID = "household_id"
    HOTEL_STAY = "hotel_stay"
    TRAVEL = "travel"
    LOCATION = "location"
    BANK = "bank"
    CREDIT = "credit"
    TELECOM = "telecom"
    COMMUNICATIONS = "communications"
    MARRIAGE = "marriage"
    EDUCATION = "education"
    VEHICLE = "vehicle"
    EXPRESS_DELIVERY = "express_delivery"
    PROPERTY = "property"
    JUDICIAL = "judicial"
    SOCIAL_ACCOUNT = "social_account"
    DOXXING_BUNDLE = "doxxing_bundle"
    CUSTOMER_LEADS = "customer_leads"
    MINORS_SCHOOL = "minors_school"


class Input(StrEnum):
    """What a seller asks for to look a person up."""

    PHONE = "phone"
    ID_NUMBER = "id_number"
    NAME = "name"
    CITY = "city"
    PLATE = "plate"
    WECHAT = "wechat"
    QQ = "qq"
    PHOTO = "photo"
    ACCOUNT = "account"
    ADDRESS = "address"


class ContactType(StrEnum):
    """Where a seller can be reached."""

    WECHAT = "wechat"
    QQ = "qq"
    TELEGRAM = "telegram"
    PHONE = "phone"
    EMAIL = "email"
    BATCHAT = "batchat"
    POTATO = "potato"
    URL = "url"
    DM = "dm"
    QR = "qr"


class Unit(StrEnum):
    """What a price is for."""

    RECORD = "record"
    LIST = "list"
    EACH = "each"
    DAY = "day"
    MONTH = "month"
    PACKAGE = "package"


class PageState(StrEnum):
    """What one fetch met."""

    OK = "ok"
    EMPTY = "empty"
    GONE = "gone"
    LOGGED_OUT = "logged_out"
    BLOCKED = "blocked"
    CAPTCHA = "captcha"
    RATE_LIMITED = "rate_limited"
    CHANGED_LAYOUT = "changed_layout"
    ERROR = "error"


PAUSING = (PageState.LOGGED_OUT, PageState.BLOCKED, PageState.CAPTCHA)


class Extent(StrEnum):
    """How much of what there was one fetch saw."""

    WHOLE = "whole"
    TRUNCATED = "truncated"
    CAPPED = "capped"


class Kind(StrEnum):
    """What a post is on its platform."""

    POST = "post"
    THREAD = "thread"
    FLOOR = "floor"
    COMMENT = "comment"
    REPOST = "repost"
