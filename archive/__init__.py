"""What Anyu keeps: records, text, lexicon, ledger, index, evidence, chain."""
