"""Every address of the product, and the gallery beside them."""

from importlib import import_module

from django.urls import include, path

product = import_module("gongbu.config.urls")
urlpatterns = [*product.urlpatterns, path("", include("gongbu.ground.registers.gallery_urls"))]
handler400, handler403 = product.handler400, product.handler403
handler404, handler500 = product.handler404, product.handler500
