# SPDX-License-Identifier: BSD-2-Clause
"""scripts/floors against small trees with one line each that is right or wrong."""

import pathlib
import subprocess

import pytest

FLOORS = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "floors"

# file, its include, and what is said about it; "" = nothing.
ROWS = [
    ("dataplane/net/a.cc", '"dataplane/net/b.h"', ""),
    ("dataplane/net/a.cc", '"dataplane/abi/b.h"', "no lower floor"),
    ("dataplane/abi/a.h", '"dataplane/net/b.h"', ""),
    ("config/a.cc", '"dataplane/abi/b.h"', ""),
    ("config/a.cc", '"dataplane/flow/b.h"', "config must not see dataplane/flow"),
    ("dataplane/abi/a.cc", '"config/b.h"', "no lower floor"),
    ("dataplane/pipeline/a.cc", '"dataplane/flow/b.h"', ""),
    ("dataplane/flow/a.cc", '"dataplane/pipeline/b.h"', "no lower floor"),
    ("dataplane/worker/a.cc", '"dataplane/port/b.h"', "no lower floor"),
    ("dataplane/main.cc", '"dataplane/port/b.h"', ""),
    ("dataplane/port/a.cc", '"dataplane/options.h"', "no lower floor"),
    ("dataplane/main.cc", '"controlplane/call/b.h"', "dataplane must not see controlplane/call"),
    ("controlplane/main.cc", '"controlplane/server/b.h"', ""),
    ("controlplane/link/a.cc", '"dataplane/abi/b.h"', ""),
    ("controlplane/link/a.cc", '"dataplane/flow/b.h"', "must not see dataplane/flow"),
    ("controlplane/main.cc", '"dataplane/pipeline/b.h"', "must not see dataplane/pipeline"),
    ("controlplane/call/a.cc", '"controlplane/link/b.h"', "no lower floor"),
    ("controlplane/call/a.cc", '"b.h"', "included by its path from the top"),
    ("dataplane/net/a.cc", "<rte_ip.h>", "must not know DPDK"),
    ("config/a.h", "<rte_ether.h>", "must not know DPDK"),
    ("dataplane/abi/region.cc", "<rte_ring.h>", "must not know DPDK"),
    ("dataplane/abi/ring.cc", "<rte_ring.h>", ""),
    ("controlplane/link/a.cc", "<rte_ring.h>", "the control plane must not know DPDK"),
    ("dataplane/port/a.cc", "<rte_ethdev.h>", ""),
    ("dataplane/novelty/a.cc", "<vector>", "has no floor yet"),
    ("tests/unit/net/a.cc", '"controlplane/link/b.h"', ""),
]


@pytest.mark.parametrize("file, include, expected", ROWS)
def test_row(tmp_path, file, include, expected):
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(f"// First line.\n  #  include {include}\n")
    done = subprocess.run([FLOORS, tmp_path], capture_output=True, text=True, check=False)
    if expected:
        assert done.returncode == 1
        assert done.stdout.startswith(f"{file}:")
        assert expected in done.stdout
    else:
        assert (done.returncode, done.stdout) == (0, "")
