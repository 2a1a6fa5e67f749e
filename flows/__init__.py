"""When does it happen: flows, sources, ledger, warehouse, publishing and the command line."""
