"""Is it complete: contract → suite → verdicts. The only importer of Great Expectations."""
