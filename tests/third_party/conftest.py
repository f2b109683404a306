"""The samples' own tests need the samples installed: `test_samples.py` runs them where they are."""

import os

collect_ignore_glob = [] if "digest" in os.environ.get("MODULES_ALLOW", "") else ["*/tests/*"]
