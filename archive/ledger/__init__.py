"""The ledger: what is kept, the truth; everything else can be built from it."""
