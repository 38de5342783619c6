"""Many clients at once, at one node and at two, judged by invariants."""

import concurrent.futures
import signal
import threading

from service import Unanswered, order


def at_once(count, work):
    """Runs work(number) on so many threads that start together; returns the results in order of number."""
    barrier = threading.Barrier(count)

    def run(number):
        barrier.wait()
        return work(number)

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def spread(nodes, count, request):
    """So many clients, by turns at each node, each sending the request that `request(number)` describes."""
    def work(number):
        method, path, body, *key = request(number)
        return nodes[number % len(nodes)].ask(method, path, body, idempotency=key[0] if key else None)

    return at_once(count, work)


def test_two_hundred_clients_on_the_last_fifty_uses_get_exactly_fifty(nodes):
    coupon = nodes[0].coupon("LAST50", limits={"total": 150})
    for number in range(100):
        assert nodes[-1].call("POST", "/v1/applications", order(f"early-{number}", ["LAST50"]))[0] == 201
    results = spread(nodes, 200, lambda number: ("POST", "/v1/applications", order(number, ["LAST50"])))
    assert [answer.status for answer in results].count(201) == 50
    refused = [answer.body for answer in results if answer.status != 201]
    assert {body["code"] for body in refused} == {"usage_limit_reached"}
    for node in nodes:
        assert node.call("GET", f"/v1/coupons/{coupon}")[1]["usage"] == {"locked": 150, "redeemed": 0}


def test_one_customer_in_fifty_tabs_uses_a_personal_limit_once(nodes):
    nodes[0].coupon("ONCE", limits={"per_user": 1})
    results = spread(nodes, 50, lambda number: ("POST", "/v1/applications", order(number, ["ONCE"], user="ann")))
    assert sorted(answer.status for answer in results) == [201] + [409] * 49


def test_fifty_retries_of_one_request_are_one_lock_with_one_answer(nodes):
    coupon = nodes[0].coupon("RETRY")
    results = spread(nodes, 50, lambda number: ("POST", "/v1/applications", order(1, ["RETRY"]), "k-1"))
    assert {answer.status for answer in results} == {201}
    assert len({answer.body["id"] for answer in results}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in results) == 1
    assert nodes[0].call("GET", f"/v1/coupons/{coupon}")[1]["usage"]["locked"] == 1


def test_two_requests_with_one_key_have_one_winner_and_the_other_is_told(nodes):
    coupon = nodes[0].coupon("MIXUP")
    for turn in range(10):
        key = f"mixed-{turn}"
        results = spread(
            nodes, 2, lambda number: ("POST", "/v1/applications", order(f"{turn}-{number}", ["MIXUP"]), key))
        assert sorted(answer.status for answer in results) == [201, 422]
        assert {answer.body.get("code") for answer in results} == {None, "idempotency_key_reused"}
    assert nodes[0].call("GET", f"/v1/coupons/{coupon}")[1]["usage"]["locked"] == 10


def test_one_code_for_two_coupons_at_once_goes_to_one(nodes):
    for turn in range(10):
        terms = {"name": "twins", "code": f"TWIN{turn}", "discount": {"type": "percent", "percent": "10"},
                 "stacking": {"policy": "open"}}
        results = spread(nodes, 4, lambda number: ("POST", "/v1/coupons", terms))
        assert sorted(answer.status for answer in results) == [201, 409, 409, 409]


def test_two_carts_of_one_order_at_once_get_one_application(nodes):
    for code in ("LEFT", "RIGHT"):
        nodes[0].coupon(code)
    for turn in range(10):
        results = spread(
            nodes, 2, lambda number: ("POST", "/v1/applications", order(turn, [("LEFT", "RIGHT")[number]], user="ann")))
        assert sorted(answer.status for answer in results) == [201, 409]
        assert {answer.body.get("code") for answer in results} == {None, "order_has_application"}


def test_redeeming_and_releasing_one_lock_at_once_has_one_winner(nodes):
    coupon = nodes[0].coupon("DUEL")
    for turn in range(20):
        application = nodes[0].call("POST", "/v1/applications", order(turn, ["DUEL"]))[1]["id"]
        verbs = ["redeem", "release", "release", "redeem"]
        results = spread(
            nodes, 20, lambda number: ("POST", f"/v1/applications/{application}/{verbs[number % 4]}", {}))
        state = nodes[-1].call("GET", f"/v1/applications/{application}")[1]["state"]
        winners = {verbs[number % 4] for number, answer in enumerate(results) if answer.status == 200}
        assert winners == {{"redeemed": "redeem", "released": "release"}[state]}
    usage = nodes[0].call("GET", f"/v1/coupons/{coupon}")[1]["usage"]
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
