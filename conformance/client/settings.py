"""What the clients of one device have in common: the catalogue, the device's sizes, the bounds, the times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conformance.client.codec import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from conformance.catalogue import Catalogue
    from conformance.catalogue.sizes import ImageSizes

__all__ = ["DEFAULT_SETTINGS", "ClientSettings"]


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """How a client speaks to its device.

    With a `catalogue`, every legal request of ours is checked against it before it is sent, with the device's image
    `sizes` in pixels. `limits` bound what is accepted of the device. `connect_timeout` and `reply_timeout` are in
    seconds; over HTTP, `reply_timeout` is for a whole exchange with its connection.
    """

    catalogue: Catalogue | None = None
    sizes: ImageSizes | None = None
    limits: Limits = DEFAULT_LIMITS
    connect_timeout: float = 5.0
    reply_timeout: float = 5.0


DEFAULT_SETTINGS: Final = ClientSettings()
