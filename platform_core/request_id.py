"""The id that ties everything of a request together: log lines, problems, audit rows."""

from contextvars import ContextVar

current_request_id: ContextVar[str] = ContextVar("request_id", default="")
