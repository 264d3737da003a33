"""What a command computes before it does anything, computed once for all that are forked.

Imported last by the process that tests fork commands from. Only pure results are kept, those of
functions that remember their answers: nothing here reads a project, opens a file or starts a
thread.
"""

from __future__ import annotations

import gc
import inspect

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.contracts.project import PackageConfig, ProfileConfig, Project, ProjectFlags

for contract in (DuckDBCredentials, PackageConfig, ProfileConfig, Project, ProjectFlags):
    contract.json_schema()
# dbt asks for the stack of each behavior flag: it is slow until all modules were listed once.
inspect.stack()
# What was imported stays: no collection in a forked process looks at it, or copies it to do so.
gc.collect()
gc.freeze()
