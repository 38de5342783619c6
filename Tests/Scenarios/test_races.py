"""Many clients at once, judged by invariants."""

import signal
import threading

from service import Unanswered, order


def at_once(count, work):
    """Runs work(number) on so many threads that start together; returns the results in order of number."""
    barrier = threading.Barrier(count)
    results = [None] * count

    def run(number):
        barrier.wait()
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_hundred_clients_on_the_last_fifty_uses_get_exactly_fifty(service):
    coupon = service.coupon("LAST50", limits={"total": 150})
    for number in range(100):
        assert service.call("POST", "/v1/applications", order(f"early-{number}", ["LAST50"]))[0] == 201
    results = at_once(200, lambda number: service.call("POST", "/v1/applications", order(number, ["LAST50"])))
    assert [status for status, _ in results].count(201) == 50
    refused = [body for status, body in results if status != 201]
    assert {body["code"] for body in refused} == {"usage_limit_reached"}
    assert service.call("GET", f"/v1/coupons/{coupon}")[1]["usage"] == {"locked": 150, "redeemed": 0}


def test_one_customer_in_fifty_tabs_uses_a_personal_limit_once(service):
    service.coupon("ONCE", limits={"per_user": 1})
    results = at_once(
        50, lambda number: service.call("POST", "/v1/applications", order(number, ["ONCE"], user="ann")))
    assert sorted(status for status, _ in results) == [201] + [409] * 49


def test_fifty_retries_of_one_request_are_one_lock_with_one_answer(service):
    coupon = service.coupon("RETRY")
    results = at_once(
        50, lambda number: service.call("POST", "/v1/applications", order(1, ["RETRY"]), idempotency="k-1"))
    assert {status for status, _ in results} == {201}
    assert len({body["id"] for _, body in results}) == 1
    assert service.call("GET", f"/v1/coupons/{coupon}")[1]["usage"]["locked"] == 1


def test_redeeming_and_releasing_one_lock_at_once_has_one_winner(service):
    coupon = service.coupon("DUEL")
    for turn in range(20):
        application = service.call("POST", "/v1/applications", order(turn, ["DUEL"]))[1]["id"]
        verbs = ["redeem", "release"]
        results = at_once(
            20, lambda number: service.call("POST", f"/v1/applications/{application}/{verbs[number % 2]}", {}))
        state = service.call("GET", f"/v1/applications/{application}")[1]["state"]
        winners = {verbs[number % 2] for number, (status, _) in enumerate(results) if status == 200}
        assert winners == {{"redeemed": "redeem", "released": "release"}[state]}
    usage = service.call("GET", f"/v1/coupons/{coupon}")[1]["usage"]
    assert usage["locked"] == 0


def test_a_graceful_stop_answers_every_request_that_it_accepted(service):
    service.coupon("STOP")
    answered, stopping = [], threading.Event()

    def buy(number):
        connection = service.connection()
        for turn in range(10_000):
            try:
                status, body = service.call(
                    "POST", "/v1/applications", order(f"{number}-{turn}", ["STOP"]), connection=connection)
            except Unanswered:
                return
            if status == 201:
                answered.append(body["id"])
            elif stopping.is_set():
                return

    threads = [threading.Thread(target=buy, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    while len(answered) < 200:
        threads[0].join(0.01)
    stopping.set()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(30) == 0
    for thread in threads:
        thread.join()
    service.start()
    for application in answered:
        assert service.call("GET", f"/v1/applications/{application}")[1]["state"] == "locked"
