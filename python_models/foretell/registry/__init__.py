"""Model versions in the warehouse: artifacts, fingerprints, audit trail."""
