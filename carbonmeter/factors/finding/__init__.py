"""Finding records by words, and all that is known of one."""
