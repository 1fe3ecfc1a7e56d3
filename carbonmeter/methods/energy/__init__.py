"""Energy: fuels burnt, electricity and heat bought."""
