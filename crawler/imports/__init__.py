"""Posts that other tools collected: formats recognised, rows read as a stream."""

from crawler.imports.reading import FORMATS, Reading, read
from crawler.imports.rows import ImportedRow, RowProblem

__all__ = ["FORMATS", "ImportedRow", "Reading", "RowProblem", "read"]
