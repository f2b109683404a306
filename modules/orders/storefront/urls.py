from django.urls import path

from modules.orders.storefront import account, carts, checkout, orders

app_name = "orders"
urlpatterns = [
    path("cart/", carts.cart, name="cart"),
    path("cart/add/", carts.add, name="add"),
    path("cart/lines/<int:line_id>/", carts.change_line, name="line"),
    path("checkout/", checkout.begin, name="checkout"),
    path("checkout/contact/", checkout.contact, name="contact"),
    path("checkout/delivery/", checkout.delivery, name="delivery"),
    path("checkout/payment/", checkout.payment, name="payment"),
    path("checkout/review/", checkout.review, name="review"),
    path("orders/<str:token>/", orders.order, name="order"),
    path("account/orders/", account.order_list, name="account-list"),
    path("account/orders/<int:number>/", account.order_detail, name="account-detail"),
]
