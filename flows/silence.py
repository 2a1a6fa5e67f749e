"""Who may our dependencies call? Nobody: their telemetry is switched off before they are imported.

In: nothing. Out: environment variables, each only where whoever runs us has not set it. Call `silence()`
before importing dlt, dbt, Prefect or Great Expectations, which read these variables when they are imported.
"""

import os
from typing import Final

OFF: Final = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_VERSION_CHECK": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
}


def silence() -> None:
    """Switch telemetry off in this process and its children; what is set already stays."""
    for name, value in OFF.items():
        os.environ.setdefault(name, value)
