# SPDX-License-Identifier: BSD-2-Clause
"""Builds under AddressSanitizer: up to ten times as slow and as big as what runs in production. Such
a run is there to find wrong accesses, so it has fewer of what a test has many of."""

import pytest

from lab.relay import build_folder


def _is_sanitized() -> bool:
    program = build_folder() / "dataplane" / "mediaplane-dataplane"
    return program.exists() and b"__asan_init" in program.read_bytes()


IS_SANITIZED = _is_sanitized()


def sized(count: int) -> int:
    """How many of them there are."""
    return count // 10 if IS_SANITIZED else count


def plain_only(reason: str):
    """A test that says nothing under the sanitizers, and why."""
    return pytest.mark.skipif(IS_SANITIZED, reason=f"under the sanitizers: {reason}")
