"""Who plays cases: this process, several processes, or a cluster; results in the order of the cases."""

from harness.executors.here import Here
from harness.executors.order import Crew, in_order
from harness.executors.tickets import Played, Terms, Ticket

__all__ = ["Crew", "Here", "Played", "Terms", "Ticket", "in_order"]
