"""Health checks as modules declare them."""


def behind() -> dict[str, str]:
    return {"status": "degraded", "oldest": "3 h"}


def broken() -> None:
    raise ConnectionError("The card service does not answer.")
