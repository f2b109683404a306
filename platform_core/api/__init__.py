"""The API's conventions: problem details, strict input, pages, preconditions, limits, its own description."""
