"""A HubSpot of very many deals in a process of its own: `python -m tests.emulators.hubspot --deals 100000 --port 0`.

Prints its address and token on the first line, then serves until it is stopped.
"""

from __future__ import annotations

import argparse

from tests.emulators.hubspot.big import BigHubSpot
from tests.emulators.serving import Served


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(prog="tests.emulators.hubspot", description=__doc__)
    parser.add_argument("--deals", type=int, default=100_000)
    parser.add_argument("--changed", type=int, default=0, help="the last so many deals changed once more")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    vendor = BigHubSpot(given.deals, given.changed)
    served = Served(vendor, port=given.port, keep_log=False)
    print(served.url, vendor.token, flush=True)
    try:
        served.run()
    except KeyboardInterrupt:
        served.stop()


if __name__ == "__main__":
    main()
