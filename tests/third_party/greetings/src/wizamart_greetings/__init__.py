"""A page in every shop that greets its visitors."""
