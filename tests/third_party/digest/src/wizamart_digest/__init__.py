"""What shops took each day: a module that glues orders and payments together."""
