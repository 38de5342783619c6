"""The documents' models, of which both have an order: here it is one. A coupon has a limit besides, and whoever has no owner
may be used by everybody."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone


class CouponQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True, expires_at__gt=timezone.now())

    def for_user(self, user):
        return self.filter(owner=user)


class Coupon(models.Model):
    code = models.CharField(max_length=50, unique=True)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="coupons", null=True)
    discount_amount = models.DecimalField(max_digits=10, decimal_places=2)
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    uses_max = models.PositiveIntegerField()
    uses = models.PositiveIntegerField(default=0)

    objects = CouponQuerySet.as_manager()

    class Meta:
        db_table = "coupons_coupon"

    def is_valid(self):
        return self.is_active and self.expires_at > timezone.now() and self.uses < self.uses_max

    def can_be_used_by(self, user_id):
        return self.owner_id in (None, user_id) and self.is_valid()

    def take_use(self):
        """The caller holds the row's lock."""
        self.uses += 1
        self.save(update_fields=["uses"])

    def give_use_back(self):
        """The caller holds the row's lock."""
        self.uses -= 1
        self.save(update_fields=["uses"])


class OrderStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    PROCESSING = "processing", "Processing"
    PAID = "paid", "Paid"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class OrderQuerySet(models.QuerySet):
    def pending(self):
        return self.filter(status=OrderStatus.PENDING)

    def paid(self):
        return self.filter(status=OrderStatus.PAID)

    def for_user(self, user):
        return self.filter(user=user)


class Order(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="orders")
    coupon = models.ForeignKey(Coupon, on_delete=models.SET_NULL, null=True, blank=True)
    total_amount = models.DecimalField(max_digits=10, decimal_places=2)
    discount_applied = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("0.00"))
    status = models.CharField(max_length=20, choices=OrderStatus.choices, default=OrderStatus.PENDING)
    payment_intent_id = models.CharField(max_length=255, blank=True, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        db_table = "orders_order"
        ordering = ["-created_at"]

    def apply_coupon(self, coupon):
        if not coupon.can_be_used_by(self.user_id):
            raise ValidationError("Invalid coupon for this user")
        self.coupon = coupon
        self.discount_applied = min(coupon.discount_amount, self.total_amount)
        self.save(update_fields=["coupon", "discount_applied", "updated_at"])

    @property
    def final_amount(self):
        return self.total_amount - self.discount_applied

    def mark_as_processing(self, payment_intent_id):
        self.status = OrderStatus.PROCESSING
        self.payment_intent_id = payment_intent_id
        self.save(update_fields=["status", "payment_intent_id", "updated_at"])

    def mark_as_paid(self):
        self.status = OrderStatus.PAID
        self.save(update_fields=["status", "updated_at"])

    def mark_as_failed(self):
        self.status = OrderStatus.FAILED
        self.save(update_fields=["status", "updated_at"])


class OrderItem(models.Model):
    order = models.ForeignKey(Order, related_name="items", on_delete=models.CASCADE)
    product_id = models.PositiveIntegerField()
    quantity = models.PositiveIntegerField()
    price = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        unique_together = ["order", "product_id"]

    @property
    def subtotal(self):
        return self.price * self.quantity
