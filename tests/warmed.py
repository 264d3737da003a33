"""What a command computes before it does anything, computed once for all that are forked.

Imported last by the process that tests fork commands from. Only pure results are kept, those of
functions that remember their answers: nothing here reads a project, keeps a file open or starts a
thread.
"""

from __future__ import annotations

import gc
import inspect
from pathlib import Path
from types import SimpleNamespace

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
from dbt.include import duckdb, global_project, postgres
from dbt_common.clients.jinja import extract_toplevel_blocks, template_cache

from foretell.resources import dbt_package_dir

#: Macros of dbt, of its adapters and of foretell.
MACROS = [
    *(Path(package.PACKAGE_PATH) / "macros" for package in (global_project, duckdb, postgres)),
    dbt_package_dir() / "macros",
]
#: What dbt checks files, settings and nodes against; it derives each schema at its first use.
CONTRACTS = [
    *(Configuration, DuckDBCredentials, PackageConfig, ProfileConfig, Project, ProjectFlags),
    *(GenericTestNode, HookNode, ModelConfig, ModelNode, NodeConfig, TestConfig),
    UnparsedModelUpdate,
]
for contract in CONTRACTS:
    contract.json_schema()
# dbt compiles a macro at its first call, in each process anew; the cache is its own.
for folder in MACROS:
    for file in sorted(folder.rglob("*.sql")):
        for block in extract_toplevel_blocks(
            file.read_text(encoding="utf-8"),
            allowed_blocks={"macro", "materialization", "test"},
            collect_raw_data=False,
        ):
            template_cache.get_node_template(SimpleNamespace(macro_sql=block.full_block))
# dbt asks for the stack of each behavior flag: it is slow until all modules were listed once.
inspect.stack()
# What was imported stays: no collection in a forked process looks at it, or copies it to do so.
gc.collect()
gc.freeze()
