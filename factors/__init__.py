"""The factor libraries as data; importable as carbonmeter.data."""
