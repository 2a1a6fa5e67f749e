"""Runs killed at random instants; `make soak-desks` is the long form."""

from tests.flows.desks.killing import run_killed


def test_killed_at_random_instants_every_episode_has_one_ticket(tmp_path):
    counted = run_killed(tmp_path, packets=24, kills=12, seed=3)
    assert (counted.lost, counted.duplicates, counted.open_in_vain) == (0, 0, 0)
    assert counted.kills == 12
