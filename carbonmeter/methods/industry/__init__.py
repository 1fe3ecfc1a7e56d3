"""Industrial processes."""
