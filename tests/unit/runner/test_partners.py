"""Clients in an installation's secrets that are none of the platform's own are partners."""

from __future__ import annotations

from plumbing.bus.topology import INNER, PARTNERS
from runner.provision import declared_topology


def test_a_client_more_is_a_user_on_the_partners_host_alone() -> None:
    described = declared_topology((10.0,), "operator", ("desk", "site", "partner", "ministry"))
    hosts = {right.user: [one.vhost for one in described.rights if one.user == right.user]
             for right in described.rights}  # fmt: skip
    assert hosts["ministry"] == hosts["partner"] == [PARTNERS]
    assert hosts["desk"] == hosts["site"] == [INNER]
    assert "ministry" in described.users
