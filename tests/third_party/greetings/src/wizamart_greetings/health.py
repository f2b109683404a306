def check() -> dict[str, str]:
    """It needs nothing but itself."""
    return {"words": "ready"}
