"""Which record answers a request, by one documented order of precedence."""
