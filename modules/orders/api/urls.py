"""Carts, checkout and orders, for the portals vendor and storefront."""

from __future__ import annotations

from django.urls import path

from modules.orders.api import storefront_views, vendor_views

CART = "carts/<str:cart_id>/"
ORDER = "orders/<str:number>/"

storefront_urlpatterns = [
    path("carts/", storefront_views.Carts.as_view(), name="carts"),
    path(CART, storefront_views.CartDetail.as_view(), name="cart"),
    path(f"{CART}lines/", storefront_views.CartLines.as_view(), name="lines"),
    path(f"{CART}lines/<int:line_id>/", storefront_views.CartLineDetail.as_view(), name="line"),
    path(f"{CART}checkout/", storefront_views.Checkout.as_view(), name="checkout"),
    path(f"{CART}complete/", storefront_views.Completion.as_view(), name="complete"),
    path("orders/", storefront_views.OwnOrders.as_view(), name="orders"),
    path("orders/<str:reference>/", storefront_views.OwnOrder.as_view(), name="order"),
]

vendor_urlpatterns = [
    path("orders/", vendor_views.Orders.as_view(), name="orders"),
    path(ORDER, vendor_views.OrderDetail.as_view(), name="order"),
    path(f"{ORDER}confirmations/", vendor_views.Confirmations.as_view(), name="confirmations"),
    path(f"{ORDER}fulfilments/", vendor_views.Fulfilments.as_view(), name="fulfilments"),
    path(f"{ORDER}cancellations/", vendor_views.Cancellations.as_view(), name="cancellations"),
    path(f"{ORDER}payments/", vendor_views.Payments.as_view(), name="payments"),
    path(f"{ORDER}notes/", vendor_views.Notes.as_view(), name="notes"),
    path("shipping-methods/", vendor_views.ShippingMethods.as_view(), name="shipping-methods"),
    path("shipping-methods/<int:pk>/", vendor_views.ShippingMethodDetail.as_view(), name="shipping-method"),
]
