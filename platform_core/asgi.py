"""Around Django's ASGI application, which refuses the protocol by which a server says that it begins and ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from asgiref.sync import sync_to_async

from platform_core.modules.lifecycle import has_begun, shutdown, startup

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class LifespanApplication:
    """Answers `lifespan` with the modules' own beginning and end; all else goes on to Django.

    With a server that does not speak it, a process begins with its first request. Source: the ASGI specification,
    "Lifespan Protocol" 2.0.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if not has_begun():
            await sync_to_async(startup)("web")
        await self.application(scope, receive, send)

    @staticmethod
    async def _live(receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                await sync_to_async(startup)("web")
                await send({"type": "lifespan.startup.complete"})
            else:
                await sync_to_async(shutdown)("web")
                await send({"type": "lifespan.shutdown.complete"})
                return
