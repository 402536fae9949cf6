"""The written corpus: posts written for this project, batch by batch, and how they are read."""

from classifier.corpus.reading import read_batch, read_batches
from classifier.corpus.rows import Batch, Degree, Row

__all__ = ["Batch", "Degree", "Row", "read_batch", "read_batches"]
