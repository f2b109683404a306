from django.urls import path

from modules.orders.dashboard import shipping, views

app_name = "orders"
urlpatterns = [
    path("orders/", views.order_list, name="list"),
    path("orders/<int:number>/", views.order_detail, name="detail"),
    path("orders/<int:number>/confirm/", views.order_confirm, name="confirm"),
    path("orders/<int:number>/send/", views.order_send, name="send"),
    path("orders/<int:number>/payment/", views.order_payment, name="payment"),
    path("orders/<int:number>/note/", views.order_note, name="note"),
    path("orders/<int:number>/cancel/", views.order_cancel, name="cancel"),
    path("orders/<int:number>/packing-slip/", views.packing_slip, name="packing-slip"),
    path("shipping/", shipping.method_list, name="shipping"),
    path("shipping/new/", shipping.method_create, name="shipping-create"),
    path("shipping/<int:pk>/", shipping.method_edit, name="shipping-edit"),
    path("shipping/<int:pk>/remove/", shipping.method_remove, name="shipping-remove"),
]
