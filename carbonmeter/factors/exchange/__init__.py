"""Libraries in and out: tables, Parquet, data packages, openLCA JSON-LD, ILCD as JSON."""
