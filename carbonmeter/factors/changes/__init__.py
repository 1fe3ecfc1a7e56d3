"""What changed between two libraries, and why."""
