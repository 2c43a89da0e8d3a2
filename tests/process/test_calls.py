# SPDX-License-Identifier: BSD-2-Clause
"""Calls between kernel sockets, checked packet by packet by mediaplane-phones."""

from lab.network import ALICE, BOB, FAR


def test_one_call_is_relayed_both_ways_without_loss(phones):
    result = phones(seconds=5, check_hangup=True).assert_clean()
    assert result["flows"]["caller_rtp"]["sent"] == 250
    assert result["flows"]["callee_rtp"]["sent"] == 250
    assert result["flows"]["caller_rtcp"]["sent"] == 5
    assert result["flows"]["callee_rtcp"]["sent"] == 5


def test_fifty_calls_at_once_are_relayed_without_loss(phones):
    result = phones(calls=50, seconds=8, rate=100).assert_clean()
    assert result["flows"]["caller_rtp"]["sent"] == 50 * 400
    assert result["flows"]["callee_rtp"]["sent"] == 50 * 400


def test_caller_behind_nat_is_found_by_its_first_packet(phones):
    result = phones(nat=True, seconds=3).assert_clean()
    assert result["flows"]["callee_rtp"]["sent"] >= 148


def test_caller_with_a_private_address_is_found_by_five_packets(phones):
    result = phones(nat_inside="192.168.1.5", seconds=3).assert_clean()
    assert result["flows"]["callee_rtp"]["sent"] >= 140


def test_both_parties_behind_the_gateway(phones):
    phones(caller=FAR, callee=FAR, seconds=3, calls=1).assert_clean()


def test_one_party_behind_the_gateway(phones):
    phones(caller=FAR, callee=BOB, seconds=3, calls=5).assert_clean()


def test_phones_on_one_host_hear_each_other(phones):
    phones(caller=ALICE, callee=ALICE, seconds=2).assert_clean()


def test_calls_come_and_go_while_others_talk(phones):
    lasting = phones(seconds=6, calls=2, call_id="lasting").until_up()
    for run in range(3):
        phones(seconds=1, calls=10, rate=1000, first_port=30000, call_id=f"short{run}",
               check_hangup=True).assert_clean()
    lasting.assert_clean()
