"""kill -9 at random moments of a running load: nothing that was acknowledged is lost, no counter is off."""

import os
import random
import time

from load import Load

ROUNDS = int(os.environ.get("SCRIP_CRASHES", "12"))
SEED = int(os.environ.get("SCRIP_CRASH_SEED", str(random.randrange(1 << 32))))


def test_nothing_acknowledged_is_lost_by_kill_9(service):
    print(f"seed {SEED}, {ROUNDS} crashes")
    moments = random.Random(SEED)
    with Load([service], SEED, tolerated=()) as load:
        for _ in range(ROUNDS):
            time.sleep(moments.uniform(0.05, 0.6))
            service.kill()
            service.start()
        load.go_on()
    print(load.summary())
    assert load.unanswered >= ROUNDS and load.bought > ROUNDS
    load.settle()
    load.check()


def test_one_of_two_nodes_dies_and_its_buyers_go_to_the_other(pair):
    print(f"seed {SEED}, {ROUNDS} crashes")
    moments = random.Random(SEED)
    with Load(pair, SEED, tolerated=()) as load:
        for _ in range(ROUNDS):
            time.sleep(moments.uniform(0.05, 0.4))
            victim = moments.choice(pair)
            victim.kill()
            load.go_on(moments.randrange(20), at=next(node for node in pair if node is not victim))
            victim.start()
        load.go_on()
    print(load.summary())
    assert load.unanswered >= ROUNDS and load.bought > ROUNDS
    load.settle()
    load.check()
