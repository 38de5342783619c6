"""What happens to orders: each step is one transaction, and no provider is asked within one."""

import http.client
import json
import threading
import urllib.parse
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from shop.models import Coupon, Order, OrderItem, OrderStatus


class PaymentService:
    """Speaks with the provider, over one connection for each thread."""

    connections = threading.local()

    @classmethod
    def ask(cls, path, **fields):
        connection = getattr(cls.connections, "connection", None)
        if connection is None:
            address = urllib.parse.urlsplit(settings.PROVIDER_URL)
            connection = cls.connections.connection = http.client.HTTPConnection(address.netloc, timeout=30)
        try:
            return cls.post(connection, path, fields)
        except (OSError, http.client.HTTPException):
            # The provider has closed a connection that nobody used for long; the next request opens another one.
            connection.close()
            return cls.post(connection, path, fields)

    @staticmethod
    def post(connection, path, fields):
        connection.request("POST", path, urllib.parse.urlencode(fields),
                           {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer sk_test_shop"})
        with connection.getresponse() as answer:
            return json.load(answer)

    @classmethod
    def create_payment_intent(cls, amount, currency="usd"):
        return cls.ask("/v1/payment_intents", amount=int(amount * 100), currency=currency)

    @classmethod
    def confirm_payment(cls, payment_intent_id):
        return cls.ask(f"/v1/payment_intents/{payment_intent_id}/confirm")


@transaction.atomic
def create_order(user_id, items, code):
    """The coupon's row is locked last, so that others wait for as little as possible."""
    items = [OrderItem(product_id=item["product_id"], quantity=item["quantity"], price=Decimal(item["price"]))
             for item in items]
    order = Order.objects.create(user_id=user_id, total_amount=sum(item.subtotal for item in items))
    for item in items:
        item.order = order
    OrderItem.objects.bulk_create(items)
    if code:
        coupon = Coupon.objects.select_for_update().get(code=code)
        order.apply_coupon(coupon)
        coupon.take_use()
    return order


def start_checkout(order_id):
    intent = None
    if settings.PROVIDER_URL:
        order = Order.objects.get(pk=order_id)
        intent = PaymentService.create_payment_intent(order.final_amount)["id"]
    with transaction.atomic():
        order = locked(order_id, OrderStatus.PENDING)
        order.mark_as_processing(intent)
    return order


def confirm_payment(order_id):
    """The money has come, outside or at the provider. Otherwise the order has failed, and gives its coupon back."""
    is_paid = True
    if settings.PROVIDER_URL:
        order = Order.objects.get(pk=order_id)
        intent = PaymentService.confirm_payment(order.payment_intent_id)
        is_paid = intent["status"] == "succeeded" and intent["amount_received"] == int(order.final_amount * 100)
    with transaction.atomic():
        order = locked(order_id, OrderStatus.PROCESSING)
        if is_paid:
            order.mark_as_paid()
        else:
            order.mark_as_failed()
            if order.coupon_id:
                Coupon.objects.select_for_update().get(pk=order.coupon_id).give_use_back()
    return order


def locked(order_id, status):
    """An order in a transaction of its own, which has to be where it is expected."""
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.status != status:
        raise ValidationError(f"The order is {order.status}")
    return order
