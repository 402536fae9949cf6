"""The ledger: SQL, the truth; all else can be rebuilt from it."""

from archive.ledger.ledger import Ledger
from archive.ledger.outbox import Outbox, Ticket
from archive.ledger.posts import Added, StoredPost

__all__ = ["Added", "Ledger", "Outbox", "StoredPost", "Ticket"]
