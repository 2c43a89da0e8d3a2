# SPDX-License-Identifier: BSD-2-Clause
"""A laboratory of network namespaces: the relay, phones, a router, and the wire between them.

    alice 198.18.0.10   bob .20   proxy .50   mallory .66
           |              |          |           |
    ===================================================  bridge in the namespace "switch"
           |                        |
    relay .1 (mp-relay,      router .254
    no kernel address)              |
                             203.0.113.254
                                    |
                             far 203.0.113.10

Everything in here works for the process tests and for scripts/demo alike.
"""
