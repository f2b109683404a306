"""Where the carrier tells of deliveries."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from platform_core.identity.policy import Audience, policy
from platform_core.modules import module_service
from platform_core.tenancy.requests import VendorRequest
from wizamart_lockers.models import Parcel


@policy(Audience.PUBLIC)
@csrf_exempt
@require_POST
def delivered(request: VendorRequest) -> HttpResponse:
    """Note that a parcel has arrived: 204, and once more when it is told again. 403 without the carrier's key."""
    key = module_service.get_module_config(request.platform, "lockers")["api_key"]
    given = request.headers.get("X-Carrier-Key", "")
    if key is None or not constant_time_compare(given, key.get_secret_value()):
        return HttpResponse(status=403)
    reference = request.POST.get("reference", "").replace("\0", "")
    Parcel.objects.filter(reference=reference, delivered_at=None).update(delivered_at=timezone.now())
    return HttpResponse(status=204)
