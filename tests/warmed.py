"""What a command computes before it does anything, computed once for all that are forked.

Imported last by the process that tests fork commands from. Only pure results are kept, those of
functions that remember their answers: nothing here reads a project, opens a file or starts a
thread.
"""

from __future__ import annotations

import gc
import inspect

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.artifacts.resources.v1.config import NodeConfig, TestConfig
from dbt.artifacts.resources.v1.model import ModelConfig
from dbt.contracts.graph.nodes import GenericTestNode, HookNode, ModelNode
from dbt.contracts.graph.unparsed import UnparsedModelUpdate
from dbt.contracts.project import (
    Configuration,
    PackageConfig,
    ProfileConfig,
    Project,
    ProjectFlags,
)

#: What dbt checks files, settings and nodes against; it derives each schema at its first use.
CONTRACTS = [
    *(Configuration, DuckDBCredentials, PackageConfig, ProfileConfig, Project, ProjectFlags),
    *(GenericTestNode, HookNode, ModelConfig, ModelNode, NodeConfig, TestConfig),
    UnparsedModelUpdate,
]
for contract in CONTRACTS:
    contract.json_schema()
# dbt asks for the stack of each behavior flag: it is slow until all modules were listed once.
inspect.stack()
# What was imported stays: no collection in a forked process looks at it, or copies it to do so.
gc.collect()
gc.freeze()
