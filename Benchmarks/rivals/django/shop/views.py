"""Three requests, as JSON."""

import functools
import json

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import JsonResponse
from django.views.decorators.http import require_POST

from shop import services


def answering(view):
    """Answers the order that a view gives, or why there is none. The caller's name of the request comes back."""
    @require_POST
    @functools.wraps(view)
    def answer(request, **names):
        headers = {"X-Request-Id": request.headers.get("X-Request-Id", "")}
        try:
            order = view(request, **names)
        except ObjectDoesNotExist:
            return JsonResponse({"error": "There is no such thing"}, status=404, headers=headers)
        except ValidationError as error:
            return JsonResponse({"error": error.message}, status=409, headers=headers)
        return JsonResponse(
            {"id": order.pk, "status": order.status, "total_amount": order.total_amount,
             "discount_applied": order.discount_applied, "final_amount": order.final_amount,
             "payment_intent_id": order.payment_intent_id}, headers=headers)
    return answer


@answering
def create(request):
    body = json.loads(request.body)
    return services.create_order(body["user"], body["items"], body.get("code"))


@answering
def checkout(request, order_id):
    return services.start_checkout(order_id)


@answering
def confirm(request, order_id):
    return services.confirm_payment(order_id)
