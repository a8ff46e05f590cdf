"""Who acts in process, where and in which case, and the ordinary sign-in."""

from __future__ import annotations

from dataclasses import dataclass

from harness.clock import ManualClock
from harness.matrix import Case
from harness.server import RunningServer
from harness.wire import Back, WireConsumer


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Who acts, where and in which case.

    Attributes:
        server: The running harness.
        clock: Its clock, which can be moved.
        consumer: A signed-in consumer.
        case: The row of the matrix.
        connector: The id of the connector that the window works for.
    """

    server: RunningServer
    clock: ManualClock
    consumer: WireConsumer
    case: Case
    connector: str

    @property
    def engagement(self) -> str:
        """The engagement's name."""
        return f"{self.case.surface}.{self.connector}.{self.case.mode}"


def sign_in(scene: Scene) -> None:
    """Sign in as anybody would."""
    consumer, case = scene.consumer, scene.case
    if case.surface == "popup":
        consumer.come_back(response(scene))
        return
    call = consumer.open_call(scene.engagement)
    if case.surface == "app":
        consumer.hand_over(call, consumer.app_answer(call, case.flow))
        return
    report = consumer.page_report(call, case.flow)
    consumer.hand_over(call, None, answer=report, identity=consumer.identity())


def response(scene: Scene) -> Back:
    """Return the authorization response that comes back to the popup."""
    return scene.consumer.authorize(scene.consumer.start_popup(scene.engagement))
