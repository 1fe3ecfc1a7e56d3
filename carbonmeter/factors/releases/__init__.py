"""Releases: libraries pinned in one file under one hash, signed, verified, proven."""
