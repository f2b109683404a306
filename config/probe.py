"""`python -m config.probe`: is the web process of this container alive? For the image's HEALTHCHECK."""

import os
import sys
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 4


def is_live(port: str) -> bool:
    """Whether /health/live answers 200 on this machine."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/health/live", timeout=TIMEOUT_SECONDS
        ) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_live(os.environ.get("PORT") or "8000") else 1)
