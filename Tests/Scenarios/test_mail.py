"""Whoever has paid gets a mail, whatever dies in between."""

import contextlib
import sqlite3
import threading
import time

import psycopg
import pytest
from mailbox import Mailbox
from conftest import IDENTITY_KEY
from service import Service, free_port


def wait_for(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"in vain for {seconds} s: {what}"
        time.sleep(0.02)


@pytest.fixture
def mailbox():
    box = Mailbox(free_port()).open()
    yield box
    box.close()


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request, tmp_path, mailbox):
    """A service that sends mails, on each kind of store."""
    settings = {"SCRIP_SMTP": f"smtp+insecure://127.0.0.1:{mailbox.port}", "SCRIP_MAIL_FROM": "orders@shop.example",
                "SCRIP_IDENTITY_KEY": IDENTITY_KEY, "SCRIP_LOG_LEVEL": "warn"}
    if request.param == "postgres":
        settings["SCRIP_STORE"] = request.getfixturevalue("database")
    service = Service(tmp_path / "data", **settings)
    service.start()
    yield service
    service.stop()


def pay(service, name, address, **more):
    line = {"id": "l1", "product_id": "Tasse", "quantity": 2, "unit_price": 61728}
    customer = {"email": address, "name": "Änne Lee"}
    body = {"id": name, "customer": customer, "locale": "de-AT", "cart": {"currency": "EUR", "lines": [line]}, **more}
    assert service.call("POST", "/v1/orders", body)[0] == 201
    for step in ("checkout", "confirm"):
        status, answer = service.call("POST", f"/v1/orders/{name}/{step}")
        assert status == 200, answer
    assert answer["state"] == "paid" and answer["mail"] is True


def end_leases(service):
    """Lets the leases of a process that was killed, and the pauses after failures, be over."""
    if "SCRIP_STORE" in service.settings:
        with psycopg.connect(service.settings["SCRIP_STORE"], autocommit=True) as connection:
            connection.execute("UPDATE scrip.due_work SET try_at = 1 WHERE kind = 'mail'")
    else:
        with contextlib.closing(sqlite3.connect(service.data / "scrip.db", isolation_level=None)) as file:
            file.execute("UPDATE due_work SET try_at = 1 WHERE kind = 'mail'")


def facts(service, name):
    status, body = service.call("GET", f"/v1/orders/{name}/events?limit=1000")
    assert status == 200, body
    return [event["type"] for event in body["data"]]


def tasks(service):
    return [task for task in service.call("GET", "/v1/tasks")[1]["data"] if task["kind"] == "mail"]


def test_a_paid_order_is_confirmed_by_one_mail(shop, mailbox):
    pay(shop, "o-1", "Aenne.Lee+shop@Example.com")
    wait_for(lambda: facts(shop, "o-1")[-1] == "MailSent", "the mail")
    (mail,) = mailbox.to("Aenne.Lee+shop@example.com")
    assert mail["From"] == "shop <orders@shop.example>" and mail["Content-Language"] == "de"
    assert mail["Subject"] == "Ihre Bestellung o-1" and not mail.defects
    assert mail["To"].addresses[0].display_name == "Änne Lee"
    texts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    assert len(texts) == 2 and all("€\u00a01.234,56" in text and "Tasse" in text for text in texts)
    assert not tasks(shop)
    # The address stands in one table and in no event.
    status, person = shop.call("GET", "/v1/persons/aenne.lee@example.com?by=email")
    assert status == 200 and person["contacts"] == [{"email": "Aenne.Lee+shop@example.com", "name": "Änne Lee"}]
    assert "xample.com" not in str(shop.events())


def test_a_mail_comes_after_kill_9_under_the_same_name(shop, mailbox):
    mailbox.arrived = lambda message: shop.kill()
    pay(shop, "o-1", "ann@example.com")
    wait_for(lambda: mailbox.mails and shop.process.poll() is not None, "a mail that nobody tells of")
    mailbox.arrived = lambda message: None
    end_leases(shop)
    shop.start()
    wait_for(lambda: facts(shop, "o-1")[-1] == "MailSent", "the mail")
    mails = mailbox.to("ann@example.com")
    assert len(mails) == 2 and len({mail["Message-ID"] for mail in mails}) == 1
    assert mails[0].as_bytes() == mails[1].as_bytes()


def test_a_mail_comes_although_the_service_was_killed_before_it_could_send_it(shop, mailbox):
    for number in range(5):
        pay(shop, f"o-{number}", f"ann{number}@example.com")
        shop.kill()
        end_leases(shop)
        shop.start()
    for number in range(5):
        wait_for(lambda: facts(shop, f"o-{number}")[-1] == "MailSent", "the mail")
        mails = mailbox.to(f"ann{number}@example.com")
        assert mails and len({mail["Message-ID"] for mail in mails}) == 1


def test_nothing_is_lost_while_the_mail_server_is_away(shop, mailbox):
    mailbox.close()
    for number in range(5):
        pay(shop, f"o-{number}", f"ann{number}@example.com")
    wait_for(lambda: len(tasks(shop)) == 5 and all(task["reason"] for task in tasks(shop)), "five failures")
    mailbox.open()
    wait_for(lambda: not tasks(shop), "five mails")
    assert all(len(mailbox.to(f"ann{number}@example.com")) == 1 for number in range(5))


def test_a_service_ends_although_a_mail_server_is_silent(shop, mailbox):
    arrived, answered = threading.Event(), threading.Event()

    def hold(message):
        arrived.set()
        answered.wait(120)

    mailbox.arrived = hold
    try:
        pay(shop, "o-1", "ann@example.com")
        assert arrived.wait(60)
        shop.process.terminate()
        assert shop.process.wait(60) == 0
    finally:
        answered.set()


def test_a_mail_that_is_given_up_is_told_to_operators(shop, mailbox):
    mailbox.refusal = "554 5.7.1 We don't want it"
    pay(shop, "o-1", "ann@example.com")
    wait_for(lambda: facts(shop, "o-1")[-1] == "MailGivenUp", "the end of it")
    status, metrics = shop.call("GET", "/metrics")
    assert status == 200 and 'scrip_mails_given_up_total{reason="refused"} 1' in metrics
    wait_for(lambda: '"notice":"mail_given_up_refused"' in shop.log(), "a warning")
    assert "ann@example.com" not in shop.log() and "want" not in shop.log()


def test_a_confirmation_tells_what_was_paid_although_the_order_was_amended_before_it_could_be_sent(shop, mailbox):
    mailbox.close()
    pay(shop, "o-1", "ann@example.com")
    wait_for(lambda: [task["reason"] for task in tasks(shop) if task["reason"]], "a failure")
    line = {"id": "l1", "product_id": "Tasse", "quantity": 20, "unit_price": 61728}
    status, amended = shop.call("POST", "/v1/orders/o-1/amend", {"cart": {"currency": "EUR", "lines": [line]}})
    assert status == 200 and amended["total"] == 1234560
    # The name of a mail hangs on no setting.
    assert shop.call("PATCH", "/v1/settings", {"mail_from": "hello@brand.example"})[0] == 200
    mailbox.open()
    wait_for(lambda: not tasks(shop), "the mail")
    (mail,) = mailbox.to("ann@example.com")
    text = mail.get_body(("plain",)).get_content()
    assert "Summe: €\u00a01.234,56" in text and "20 ×" not in text
    assert mail["Message-ID"].endswith("@scrip.invalid>") and "brand.example" in mail["From"]


def test_a_template_that_would_never_end_holds_up_nobody(shop, mailbox):
    pay(shop, "o-1", "ann@example.com")
    text = "{{#lines}}" * 8 + "{{/lines}}" * 8 + "x"
    for path, body in [("", {"subject": "S", "text": text}), ("/preview", {"draft": {"subject": "S", "text": text}, "order_id": "o-1"})]:
        method = "POST" if path else "PUT"
        status, problem = shop.call(method, f"/v1/mail-templates/order_paid/en{path}", body)
        assert status == 422 and problem["errors"][0]["code"] == "repeated_list"
        assert problem["errors"][0]["facts"] == {"line": 1, "column": 11}


def test_a_recipient_who_was_erased_is_not_written_to(shop, mailbox):
    mailbox.close()
    pay(shop, "o-1", "ann@example.com")
    wait_for(lambda: [task["reason"] for task in tasks(shop) if task["reason"]], "a failure")
    assert shop.call("DELETE", "/v1/persons/ann@example.com?by=email")[0] == 200
    mailbox.open()
    wait_for(lambda: not tasks(shop), "the end of it")
    assert facts(shop, "o-1")[-1] == "MailGivenUp" and not mailbox.mails
