"""Alerts: new posts held against saved searches, and told."""

from archive.alerts.holding import Holder
from archive.alerts.telling import Teller, Told
from archive.alerts.wording import Alert, alerts_of, asked, in_words

__all__ = ["Alert", "Holder", "Teller", "Told", "alerts_of", "asked", "in_words"]
