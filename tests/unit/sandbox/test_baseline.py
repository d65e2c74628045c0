"""The networks of the sandbox's accounts."""

from __future__ import annotations

import ipaddress

from infragate.sandbox import baseline


def test_every_environment_has_a_network_however_many_there_are() -> None:
    networks = [ipaddress.IPv4Network(baseline.network(number)) for number in range(1, 201)]
    assert str(networks[2]) == "10.30.0.0/16"
    assert len(set(networks[:25])) == 25
    assert networks[25] == networks[0]
